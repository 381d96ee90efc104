// Microsoft's SDK for JavaScript against the emulator: each tenant type is signed in to, listed, changed and cleaned up, on
// v1.0 and beta. The URL of the emulator is the argument; NODE_EXTRA_CA_CERTS names its authority.

import assert from 'node:assert/strict';
import { ClientSecretCredential } from '@azure/identity';
import { BatchRequestContent, BatchResponseContent, Client } from '@microsoft/microsoft-graph-client';
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';

const SHOP = '11111111-0000-4000-8000-000000000001';
const TYPE = '#microsoft.graph.';
const EVENTS_FLOW = 'externalUsersSelfServiceSignUpEventsFlow';
const signUp = (handler) => `${handler}ExternalUsersSelfServiceSignUp`;

/** A client that is signed in to a tenant. */
function connect(url, version, tenant) {
  const credential = new ClientSecretCredential(tenant, 'app', 'secret', {
    authorityHost: url,
    disableInstanceDiscovery: true,
  });
  const authProvider = new TokenCredentialAuthenticationProvider(credential, { scopes: [`${url}/.default`] });
  const client = Client.initWithMiddleware({
    authProvider,
    baseUrl: url,
    defaultVersion: version,
    customHosts: new Set([new URL(url).hostname]),
  });
  return { client, root: `${url}/${version}`, version };
}

const ids = (listing) => listing.value.map((item) => item.id);

/** The status with which a call is refused. */
async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return error.statusCode;
  }
  throw new Error('the call was not refused');
}

async function attribute({ client }) {
  const path = '/identity/userFlowAttributes';
  const body = { displayName: 'Loyalty number', description: 'Printed on the card', dataType: 'string' };
  const { id } = await client.api(path).post(body);
  await client.api(`${path}/${id}`).patch({ description: 'Seven digits' });
  const found = await client.api(path).filter("userFlowAttributeType eq 'custom'").orderby('displayName').get();
  assert.deepEqual(found.value.map((item) => [item.id, item.description]), [[id, 'Seven digits']]);
  return id;
}

async function connector({ client }) {
  const authenticationConfiguration = {
    '@odata.type': `${TYPE}basicAuthentication`, username: 'flow', password: 'battery staple',
  };
  const body = { displayName: 'Check', targetUrl: 'https://api.contoso.com/check', authenticationConfiguration };
  const { id } = await client.api('/identity/apiConnectors').post(body);
  await client.api(`/identity/apiConnectors/${id}`).patch({ displayName: 'Approve' });
  const read = await client.api(`/identity/apiConnectors/${id}`).select(['id', 'displayName']).get();
  assert.equal(read.displayName, 'Approve');
  assert.equal(read.targetUrl, undefined);
  return id;
}

async function provider({ client }) {
  const body = {
    '@odata.type': `${TYPE}socialIdentityProvider`, displayName: 'Google', identityProviderType: 'Google',
    clientId: 'client', clientSecret: 'battery staple',
  };
  const { id } = await client.api('/identity/identityProviders').post(body);
  await client.api(`/identity/identityProviders/${id}`).patch({ clientId: 'other' });
  const listed = await client.api('/identity/identityProviders').get();
  assert.equal(listed.value.find((item) => item.id === id).clientId, 'other');
  return id;
}

/** Sends requests in a batch, each dependent on the one before. Returns the statuses in their order. */
async function batch({ client }, requests) {
  const steps = requests.map(([method, path, body], at) => {
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    // The SDK removes the host, which Node.js requires here.
    const request = new Request(`https://graph.microsoft.com${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { id: `${at}`, request, ...(at > 0 && { dependsOn: [`${at - 1}`] }) };
  });
  const content = await new BatchRequestContent(steps).getContent();
  const answers = new BatchResponseContent(await client.api('/$batch').post(content));
  return steps.map(({ id }) => answers.getResponseById(id).status);
}

/** A user flow of either family: created, assigned an attribute, translated, linked to a provider and to a connector. */
async function userFlow(tenant, collection, body) {
  const { client, root } = tenant;
  const made = [await attribute(tenant), await connector(tenant), await provider(tenant)];
  const [attributeId, connectorId, providerId] = made;
  const { id } = await client.api(collection).post(body);
  assert.deepEqual(ids(await client.api(collection).get()), [id]);
  const flow = `${collection}/${id}`;

  const assignment = {
    displayName: 'Loyalty number', isOptional: true, requiresVerification: false, userInputType: 'textBox',
    userAttributeValues: [], userAttribute: { id: attributeId },
  };
  const assignments = `${flow}/userAttributeAssignments`;
  await client.api(assignments).post(assignment);
  await client.api(`${assignments}/${attributeId}`).patch({ displayName: 'Card' });
  const expanded = await client.api(assignments).expand('userAttribute').get();
  const assigned = expanded.value.find((item) => item.id === attributeId);
  assert.deepEqual([assigned.displayName, assigned.userAttribute.id], ['Card', attributeId]);

  const page = `${flow}/languages/en/overridesPages/selfasserted1_1/$value`;
  const text = { ElementType: 'UxElement', ElementId: null, StringId: 'button_continue', Override: true, Value: 'Next' };
  await client.api(page).header('Content-Type', 'application/json').put({ LocalizedStrings: [text] });
  assert.equal((await client.api(page).get()).LocalizedStrings[0].Value, 'Next');

  const links = `${flow}/userFlowIdentityProviders`;
  await client.api(`${links}/$ref`).post({ '@odata.id': `${root}/identity/identityProviders/${providerId}` });
  assert.deepEqual(ids(await client.api(links).get()), [providerId]);
  const configuration = `${flow}/apiConnectorConfiguration`;
  const reference = { '@odata.id': `${root}/identity/apiConnectors/${connectorId}` };
  await client.api(`${configuration}/postAttributeCollection/$ref`).put(reference);
  const steps = await client.api(configuration).expand('postAttributeCollection').get();
  assert.equal(steps.postAttributeCollection.id, connectorId);
  await client.api(`${configuration}/postAttributeCollection/$ref`).put({});

  const statuses = await batch(tenant, [
    ['GET', flow], ['DELETE', `${links}/${providerId}/$ref`],
    ['PATCH', `${assignments}/${attributeId}`, { isOptional: false }], ['DELETE', flow],
  ]);
  assert.deepEqual(statuses, [200, 204, 204, 204]);
  assert.equal(await refusal(client.api(flow).get()), 404);
  await clean(tenant, made);
}

async function workforce(tenant) {
  const { client } = tenant;
  const policy = client.api('/policies/authenticationFlowsPolicy');
  await policy.patch({ selfServiceSignUp: { isEnabled: false } });
  assert.equal(await refusal(client.api('/identity/userFlowAttributes').get()), 400);
  await policy.patch({ selfServiceSignUp: { isEnabled: true } });
  const body = { id: 'Partner', userFlowType: 'signUpOrSignIn', userFlowTypeVersion: 1 };
  await userFlow(tenant, '/identity/b2xUserFlows', body);
}

async function b2c(tenant) {
  const body = { id: 'Shop', userFlowType: 'signUpOrSignIn', userFlowTypeVersion: 3, isLanguageCustomizationEnabled: true };
  if (tenant.version === 'beta') {
    return userFlow(tenant, '/identity/b2cUserFlows', body);
  }
  assert.equal(await refusal(tenant.client.api('/identity/b2cUserFlows').get()), 400);
  await clean(tenant, [await attribute(tenant), await connector(tenant), await provider(tenant)]);
}

async function external(tenant) {
  const { client, root } = tenant;
  const made = [await attribute(tenant), await connector(tenant), await provider(tenant)];
  const [attributeId, , providerId] = made;
  const flows = '/identity/authenticationEventsFlows';
  const methods = 'onAuthenticationMethodLoadStart';
  const collected = 'onAttributeCollection';
  const handler = (name, members) => ({ '@odata.type': TYPE + signUp(name), ...members });
  const { id } = await client.api(flows).post({
    '@odata.type': TYPE + EVENTS_FLOW,
    displayName: 'Shop',
    onInteractiveAuthFlowStart: handler('onInteractiveAuthFlowStart', { isSignUpAllowed: true }),
    [methods]: handler(methods, { identityProviders: [{ id: 'EmailPassword-OAUTH' }] }),
    [collected]: handler(collected, {
      attributes: [{ id: 'email' }],
      attributeCollectionPage: { views: [{ inputs: [{ attribute: 'email', label: 'Email', inputType: 'text' }] }] },
    }),
  });
  const flow = `${flows}/${id}`;
  await client.api(flow).patch({ '@odata.type': TYPE + EVENTS_FLOW, description: 'For customers' });
  const [read] = (await client.api(flows).filter("displayName eq 'Shop'").get()).value;
  assert.deepEqual([read.id, read.description], [id, 'For customers']);

  const below = (event, name) => `${flow}/microsoft.graph.${EVENTS_FLOW}/${event}/microsoft.graph.${signUp(event)}/${name}`;
  const [providers, attributes] = [below(methods, 'identityProviders'), below(collected, 'attributes')];
  await client.api(`${providers}/$ref`).post({ '@odata.id': `${root}/identity/identityProviders/${providerId}` });
  assert.deepEqual(ids(await client.api(providers).get()), ['EmailPassword-OAUTH', providerId]);
  await client.api(`${attributes}/$ref`).post({ '@odata.id': `${root}/identity/userFlowAttributes/${attributeId}` });
  assert.deepEqual(ids(await client.api(attributes).get()), ['email', attributeId]);
  const applications = `${flow}/conditions/applications/includeApplications`;
  await client.api(applications).post({ appId: SHOP });
  assert.deepEqual((await client.api(applications).get()).value, [{ appId: SHOP }]);

  const statuses = await batch(tenant, [
    ['GET', flow], ['DELETE', `${providers}/${providerId}/$ref`], ['DELETE', `${applications}/${SHOP}`], ['DELETE', flow],
  ]);
  assert.deepEqual(statuses, [200, 204, 204, 204]);
  await clean(tenant, made);
}

/** Deletes what the others left, and checks that it is gone. */
async function clean({ client }, made) {
  const collections = ['userFlowAttributes', 'apiConnectors', 'identityProviders'];
  for (const [at, collection] of collections.entries()) {
    await client.api(`/identity/${collection}/${made[at]}`).delete();
    assert.ok(!ids(await client.api(`/identity/${collection}`).get()).includes(made[at]));
  }
}

const [, , url] = process.argv;
for (const version of ['v1.0', 'beta']) {
  for (const tenantType of [workforce, b2c, external]) {
    await tenantType(connect(url, version, `${tenantType.name}.onmicrosoft.com`));
    console.log(`JavaScript ${version}: ${tenantType.name} passed`);
  }
}
