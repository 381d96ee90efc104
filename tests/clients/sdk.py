"""Microsoft's SDKs for Python, v1.0 and beta, against the emulator: each tenant type is signed in to, listed, changed and
cleaned up. The URL of the emulator is the argument; SSL_CERT_FILE and REQUESTS_CA_BUNDLE name its authority."""

import asyncio
import importlib
import inspect
import json
import sys
from urllib.parse import urlparse

from kiota_abstractions.api_error import APIError
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

SHOP = "11111111-0000-4000-8000-000000000001"
CONNECTOR = "https://api.contoso.com/check"


class Sdk:
    """One SDK, signed in to one tenant."""

    def __init__(self, package, version, credentials, url, tenant):
        self.package, self.root = package, f"{url}/{version}"
        host = urlparse(url).netloc
        self.credential = importlib.import_module(credentials).ClientSecretCredential(
            tenant, "app", "secret", authority=host, disable_instance_discovery=True
        )
        provider = AzureIdentityAuthenticationProvider(self.credential)
        adapters = importlib.import_module(f"{package}.graph_request_adapter")
        adapter = adapters.GraphRequestAdapter(provider)
        adapter.base_url = self.root
        clients = importlib.import_module(f"{package}.graph_service_client")
        self.client = clients.GraphServiceClient(request_adapter=adapter)
        self.batches = BatchRequestBuilder(adapter)
        self.identity = self.client.identity

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        closed = self.credential.close()
        if inspect.isawaitable(closed):
            await closed

    def new(self, module, **properties):
        """A model, by the name of its module."""
        name = "".join(word[0].upper() + word[1:] for word in module.split("_"))
        models = importlib.import_module(f"{self.package}.generated.models.{module}")
        return getattr(models, name)(**properties)

    def enum(self, module, member):
        name = "".join(word[0].upper() + word[1:] for word in module.split("_"))
        models = importlib.import_module(f"{self.package}.generated.models.{module}")
        return getattr(models, name)(member)

    def ref(self, path):
        return self.new("reference_create", odata_id=f"{self.root}/{path}")

    async def batch(self, *requests):
        """Sends requests in a batch, each dependent on the one before. Returns the statuses in their order."""
        items = [BatchRequestItem(request, str(at)) for at, request in enumerate(requests)]
        for before, after in zip(items, items[1:]):
            after.set_depends_on([before])
        content = BatchRequestContent({item.id: item for item in items})
        answers = await self.batches.post(content)
        return [answers.get_response_by_id(item.id).status for item in items]


async def refusal(call):
    """The status with which a call fails."""
    try:
        await call
    except APIError as error:
        return error.response_status_code
    raise AssertionError("the call was not refused")


def ids(listing):
    return [item.id for item in listing.value]


async def attributes(sdk):
    """Creates, lists, patches and reads an attribute; returns its id."""
    attribute = sdk.new(
        "identity_user_flow_attribute",
        display_name="Loyalty number",
        description="Printed on the card",
        data_type=sdk.enum("identity_user_flow_attribute_data_type", "string"),
    )
    created = await sdk.identity.user_flow_attributes.post(attribute)
    assert created.id.startswith("extension_"), created.id
    assert created.id in ids(await sdk.identity.user_flow_attributes.get())
    item = sdk.identity.user_flow_attributes.by_identity_user_flow_attribute_id(created.id)
    await item.patch(sdk.new("identity_user_flow_attribute", description="Seven digits"))
    read = await item.get()
    assert (read.display_name, read.description) == ("Loyalty number", "Seven digits")
    assert read.user_flow_attribute_type.value == "custom"
    return created.id


async def connectors(sdk):
    """Creates and patches an API connector; returns its id."""
    password = sdk.new("basic_authentication", username="flow", password="battery staple")
    connector = sdk.new(
        "identity_api_connector",
        display_name="Check",
        target_url=CONNECTOR,
        authentication_configuration=password,
    )
    created = await sdk.identity.api_connectors.post(connector)
    assert set(created.authentication_configuration.password) == {"*"}
    item = sdk.identity.api_connectors.by_identity_api_connector_id(created.id)
    await item.patch(sdk.new("identity_api_connector", display_name="Approve"))
    assert (await item.get()).display_name == "Approve"
    return created.id


async def google(sdk):
    """Creates the provider Google; returns its id."""
    provider = sdk.new(
        "social_identity_provider",
        display_name="Google",
        identity_provider_type="Google",
        client_id="client",
        client_secret="battery staple",
    )
    created = await sdk.identity.identity_providers.post(provider)
    item = sdk.identity.identity_providers.by_identity_provider_base_id(created.id)
    await item.patch(sdk.new("social_identity_provider", client_id="other"))
    assert (await item.get()).id == created.id
    listed = await sdk.identity.identity_providers.get()
    client_ids = [getattr(item, "client_id", None) for item in listed.value]
    assert "other" in client_ids, client_ids
    return created.id


async def assignments(sdk, flow, attribute):
    """Assigns an attribute to a user flow, changes and moves it."""
    assignment = sdk.new(
        "identity_user_flow_attribute_assignment",
        display_name="Loyalty number",
        is_optional=True,
        requires_verification=False,
        user_input_type=sdk.enum("identity_user_flow_attribute_input_type", "textBox"),
        user_attribute_values=[],
        user_attribute=sdk.new("identity_user_flow_attribute", id=attribute),
    )
    created = await flow.user_attribute_assignments.post(assignment)
    assert created.id == attribute
    item = flow.user_attribute_assignments.by_identity_user_flow_attribute_assignment_id(attribute)
    await item.patch(sdk.new("identity_user_flow_attribute_assignment", display_name="Card"))
    assert (await item.get()).display_name == "Card"
    order = (await flow.user_attribute_assignments.get_order.get()).order
    assert attribute in order
    module = f"{sdk.package}.generated.identity.{flow_module(flow)}.item.user_attribute_assignments.set_order.set_order_post_request_body"
    body = importlib.import_module(module).SetOrderPostRequestBody()
    body.new_assignment_order = sdk.new("assignment_order", order=order[::-1])
    await flow.user_attribute_assignments.set_order.post(body)
    assert (await flow.user_attribute_assignments.get_order.get()).order == order[::-1]


def flow_module(flow):
    return type(flow).__module__.split(".identity.")[1].split(".")[0]


async def pages(flow, language):
    """Overrides the text of a page of a language, and reads it back."""
    languages = flow.languages.by_user_flow_language_configuration_id(language)
    page = languages.overrides_pages.by_user_flow_language_page_id("selfasserted1_1")
    text = {
        "ElementType": "UxElement",
        "ElementId": None,
        "StringId": "button_continue",
        "Override": True,
        "Value": "Weiter",
    }
    await page.content.put(json.dumps({"LocalizedStrings": [text]}).encode())
    read = json.loads(await page.content.get())
    assert read["LocalizedStrings"][0]["Value"] == "Weiter", read


async def workforce(sdk):
    policy = sdk.client.policies.authentication_flows_policy
    attributes_at = sdk.identity.user_flow_attributes
    off = sdk.new("self_service_sign_up_authentication_flow_configuration", is_enabled=False)
    on = sdk.new("self_service_sign_up_authentication_flow_configuration", is_enabled=True)
    await policy.patch(sdk.new("authentication_flows_policy", self_service_sign_up=off))
    assert await refusal(attributes_at.get()) == 400
    await policy.patch(sdk.new("authentication_flows_policy", self_service_sign_up=on))
    assert (await policy.get()).self_service_sign_up.is_enabled

    flows = sdk.identity.b2x_user_flows
    attribute, connector, provider = (
        await attributes(sdk),
        await connectors(sdk),
        await google(sdk),
    )
    created = await flows.post(
        sdk.new(
            "b2x_identity_user_flow",
            id="Partner",
            user_flow_type=sdk.enum("user_flow_type", "signUpOrSignIn"),
            user_flow_type_version=1,
        )
    )
    assert created.id == "B2X_1_Partner"
    assert ids(await flows.get()) == [created.id]
    flow = flows.by_b2x_identity_user_flow_id(created.id)
    await flow.user_flow_identity_providers.ref.post(sdk.ref(f"identity/identityProviders/{provider}"))
    assert provider in ids(await flow.user_flow_identity_providers.get())
    await assignments(sdk, flow, attribute)
    await pages(flow, "de")
    step = flow.api_connector_configuration.post_attribute_collection
    reference = sdk.new("reference_update", odata_id=f"{sdk.root}/identity/apiConnectors/{connector}")
    await step.ref.put(reference)
    assert (await step.get()).id == connector
    await step.ref.delete()

    links = flow.user_flow_identity_providers
    unlink = links.by_identity_provider_base_id(provider).ref
    assert await sdk.batch(
        flow.to_get_request_information(),
        links.to_get_request_information(),
        unlink.to_delete_request_information(),
    ) == [200, 200, 204]
    await flow.delete()
    assert await refusal(flow.get()) == 404
    await clean(sdk, attribute, connector, provider)


async def b2c(sdk):
    attribute, connector, provider = (
        await attributes(sdk),
        await connectors(sdk),
        await google(sdk),
    )
    flows = getattr(sdk.identity, "b2c_user_flows", None)
    if flows is not None:
        created = await flows.post(
            sdk.new(
                "b2c_identity_user_flow",
                id="Shop",
                user_flow_type=sdk.enum("user_flow_type", "signUpOrSignIn"),
                user_flow_type_version=3,
                is_language_customization_enabled=False,
            )
        )
        assert created.id == "B2C_1_Shop"
        flow = flows.by_b2c_identity_user_flow_id(created.id)
        await flow.patch(sdk.new("b2c_identity_user_flow", is_language_customization_enabled=True))
        read = await flow.get()
        assert read.is_language_customization_enabled
        assert read.user_flow_type_version == 3
        await assignments(sdk, flow, attribute)
        german = sdk.new("user_flow_language_configuration", is_enabled=True)
        await flow.languages.by_user_flow_language_configuration_id("de").patch(german)
        assert "de" in ids(await flow.languages.get())
        await pages(flow, "de")
        assert ids(await flow.user_flow_identity_providers.get()) == []
        assert await sdk.batch(
            flow.to_get_request_information(), flow.to_delete_request_information()
        ) == [200, 204]
    await clean(sdk, attribute, connector, provider)


def events_flow(sdk):
    return sdk.new(
        "external_users_self_service_sign_up_events_flow",
        display_name="Shop",
        on_interactive_auth_flow_start=sdk.new(
            "on_interactive_auth_flow_start_external_users_self_service_sign_up", is_sign_up_allowed=True
        ),
        on_authentication_method_load_start=sdk.new(
            "on_authentication_method_load_start_external_users_self_service_sign_up",
            identity_providers=[sdk.new("built_in_identity_provider", id="EmailPassword-OAUTH")],
        ),
        on_attribute_collection=sdk.new(
            "on_attribute_collection_external_users_self_service_sign_up",
            attributes=[sdk.new("identity_user_flow_attribute", id="email")],
            attribute_collection_page=sdk.new(
                "authentication_attribute_collection_page",
                views=[
                    sdk.new(
                        "authentication_attribute_collection_page_view_configuration",
                        inputs=[
                            sdk.new(
                                "authentication_attribute_collection_input_configuration",
                                attribute="email",
                                label="Email Address",
                                input_type=sdk.enum(
                                    "authentication_attribute_collection_input_type", "text"
                                ),
                                required=True,
                            )
                        ],
                    )
                ],
            ),
        ),
    )


async def extension_and_listener(sdk):
    """A custom extension, and a listener that calls it before a token is issued."""
    url = urlparse(CONNECTOR)
    extension = sdk.new(
        "on_token_issuance_start_custom_extension",
        display_name="Claims",
        endpoint_configuration=sdk.new("http_request_endpoint", target_url=CONNECTOR),
        authentication_configuration=sdk.new(
            "azure_ad_token_authentication", resource_id=f"api://{url.netloc}/{SHOP}"
        ),
        client_configuration=sdk.new(
            "custom_extension_client_configuration", timeout_in_milliseconds=2000, maximum_retries=1
        ),
    )
    extensions = sdk.identity.custom_authentication_extensions
    extension = await extensions.post(extension)
    item = extensions.by_custom_authentication_extension_id(extension.id)
    await item.patch(sdk.new("on_token_issuance_start_custom_extension", description="Roles"))
    assert (await item.get()).description == "Roles"
    listeners = sdk.identity.authentication_event_listeners
    listener = await listeners.post(
        sdk.new(
            "on_token_issuance_start_listener",
            conditions=sdk.new(
                "authentication_conditions",
                applications=sdk.new(
                    "authentication_conditions_applications",
                    include_applications=[sdk.new("authentication_condition_application", app_id=SHOP)],
                ),
            ),
            handler=sdk.new(
                "on_token_issuance_start_custom_extension_handler",
                custom_extension=sdk.new("on_token_issuance_start_custom_extension", id=extension.id),
            ),
        )
    )
    read = await listeners.by_authentication_event_listener_id(listener.id).get()
    assert type(read).__name__ == "OnTokenIssuanceStartListener"
    await listeners.by_authentication_event_listener_id(listener.id).delete()
    await item.delete()


async def external(sdk):
    attribute, connector, provider = (
        await attributes(sdk),
        await connectors(sdk),
        await google(sdk),
    )
    flows = sdk.identity.authentication_events_flows
    created = await flows.post(events_flow(sdk))
    flow = flows.by_authentication_events_flow_id(created.id)
    change = sdk.new("external_users_self_service_sign_up_events_flow", description="For customers")
    await flow.patch(change)
    read = await flow.get()
    assert (read.display_name, read.description) == ("Shop", "For customers")
    views = read.on_attribute_collection.attribute_collection_page.views
    assert [given.attribute for given in views[0].inputs] == ["email"]

    cast = flow.graph_external_users_self_service_sign_up_events_flow
    methods = cast.on_authentication_method_load_start
    methods = methods.graph_on_authentication_method_load_start_external_users_self_service_sign_up
    await methods.identity_providers.ref.post(sdk.ref(f"identity/identityProviders/{provider}"))
    assert provider in ids(await methods.identity_providers.get())
    collected = cast.on_attribute_collection
    collected = collected.graph_on_attribute_collection_external_users_self_service_sign_up
    await collected.attributes.ref.post(sdk.ref(f"identity/userFlowAttributes/{attribute}"))
    assert ids(await collected.attributes.get()) == ["email", attribute]
    applications = flow.conditions.applications.include_applications
    await applications.post(sdk.new("authentication_condition_application", app_id=SHOP))
    assert [item.app_id for item in (await applications.get()).value] == [SHOP]
    await extension_and_listener(sdk)

    unlink = methods.identity_providers.by_identity_provider_base_id(provider).ref
    leave = applications.by_authentication_condition_application_app_id(SHOP)
    assert await sdk.batch(
        flow.to_get_request_information(),
        unlink.to_delete_request_information(),
        leave.to_delete_request_information(),
    ) == [200, 204, 204]
    await flow.delete()
    await clean(sdk, attribute, connector, provider)


async def clean(sdk, attribute, connector, provider):
    """Deletes what the others left, and checks that it is gone."""
    identity = sdk.identity
    await identity.user_flow_attributes.by_identity_user_flow_attribute_id(attribute).delete()
    await identity.api_connectors.by_identity_api_connector_id(connector).delete()
    await identity.identity_providers.by_identity_provider_base_id(provider).delete()
    assert attribute not in ids(await identity.user_flow_attributes.get())
    assert ids(await identity.api_connectors.get()) == []
    assert provider not in ids(await identity.identity_providers.get())


# The second credential signs in by MSAL, the first does not.
SDKS = (("msgraph", "v1.0", "azure.identity.aio"), ("msgraph_beta", "beta", "azure.identity"))


async def main(url):
    for package, version, credentials in SDKS:
        for tenant_type in (workforce, b2c, external):
            name = tenant_type.__name__
            async with Sdk(package, version, credentials, url, f"{name}.onmicrosoft.com") as sdk:
                await tenant_type(sdk)
            print(f"Python {package} {version}: {name} passed", flush=True)


asyncio.run(main(sys.argv[1]))
