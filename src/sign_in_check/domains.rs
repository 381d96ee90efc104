//! The domains at which people sign in to applications of a tenant.
//! Asks no server: they are declared, or derived from the initial domain of the tenant where Microsoft documents how.

use crate::desired::Tenant;
use crate::kinds::{CloudName, TenantType};
use crate::problem::Problem;

/// The end of the initial domain of a tenant, and that of the domain at which people sign in, by type and cloud: the pages
/// "Web sign-in with OpenID Connect in Azure Active Directory B2C", "Overview of tokens in Azure Active Directory B2C"
/// (docs.azure.cn), and "Custom URL domains in external tenants". No page names those of the clouds for the US government.
fn suffixes(tenant: &Tenant) -> Option<(&'static str, &'static str)> {
    match (tenant.tenant_type, tenant.cloud) {
        (TenantType::B2c, CloudName::Emulator | CloudName::Global) => {
            Some((".onmicrosoft.com", ".b2clogin.com"))
        }
        (TenantType::B2c, CloudName::China) => Some((".partner.onmschina.cn", ".b2clogin.cn")),
        (TenantType::External, CloudName::Emulator | CloudName::Global) => {
            Some((".onmicrosoft.com", ".ciamlogin.com"))
        }
        (TenantType::Workforce | TenantType::B2c | TenantType::External, _) => None,
    }
}

/// The declared domains, else that of Microsoft.
///
/// # Errors
///
/// None is declared, and `tenantId` is not the initial domain of the tenant.
pub fn domains(tenant: &Tenant) -> Result<Vec<String>, Problem> {
    if let Some(domains) = &tenant.sign_in_domains {
        return Ok(domains.clone());
    }
    let id = tenant.tenant_id.to_ascii_lowercase();
    let own = suffixes(tenant).and_then(|(initial, sign_in)| {
        let name = id.strip_suffix(initial)?;
        (!name.contains('.')).then(|| format!("{name}{sign_in}"))
    });
    own.map(|domain| vec![domain]).ok_or_else(|| {
        let message = "the domain at which people sign in is not known: it does not follow from `tenantId`";
        let help = "add `signInDomains` to the tenant document, such as `signInDomains: [login.contoso.com]`";
        Problem::error(message).at(tenant.span.clone()).help(help)
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn of(tenant_type: TenantType, cloud: CloudName, id: &str) -> Option<String> {
        let tenant = Tenant::new("shop", id, tenant_type, cloud, PathBuf::new());
        domains(&tenant).ok().map(|domains| domains.join(" "))
    }

    #[test]
    fn domain_follows_from_the_initial_domain_where_microsoft_says_how() {
        let (b2c, external) = (TenantType::B2c, TenantType::External);
        let cases = [
            (
                b2c,
                CloudName::Global,
                "Shop.onmicrosoft.com",
                Some("shop.b2clogin.com"),
            ),
            (
                b2c,
                CloudName::China,
                "shop.partner.onmschina.cn",
                Some("shop.b2clogin.cn"),
            ),
            (
                external,
                CloudName::Emulator,
                "shop.onmicrosoft.com",
                Some("shop.ciamlogin.com"),
            ),
            (b2c, CloudName::UsGovernment, "shop.onmicrosoft.us", None),
            (
                external,
                CloudName::China,
                "shop.partner.onmschina.cn",
                None,
            ),
            (b2c, CloudName::Global, "shop.example", None),
            (b2c, CloudName::Global, "mail.shop.onmicrosoft.com", None),
            (
                b2c,
                CloudName::Global,
                "b07624bf-a5cd-47be-97e4-42702c46c74e",
                None,
            ),
        ];
        for (tenant_type, cloud, id, expected) in cases {
            assert_eq!(of(tenant_type, cloud, id).as_deref(), expected, "{id}");
        }
    }

    #[test]
    fn declared_domains_replace_that_of_microsoft() {
        let id = "shop.onmicrosoft.com";
        let tenant = Tenant {
            sign_in_domains: Some(vec!["login.shop.example".to_owned()]),
            ..Tenant::new(
                "shop",
                id,
                TenantType::B2c,
                CloudName::Global,
                PathBuf::new(),
            )
        };
        assert_eq!(domains(&tenant).unwrap(), ["login.shop.example"]);
    }
}
