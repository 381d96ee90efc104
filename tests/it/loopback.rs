//! The HTTP client of tests for an emulator: without the machine's proxy, and without root certificates, which take
//! longer to load than most requests take.

use reqwest::Client;

pub(crate) fn http() -> Client {
    let client = Client::builder().no_proxy().tls_certs_only([]);
    client.build().unwrap()
}
