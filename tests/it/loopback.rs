//! The tests' way to an emulator: past any proxy of the machine, and without its root certificates, whose reading would
//! take longer than most requests.

use reqwest::Client;

pub(crate) fn http() -> Client {
    let client = Client::builder().no_proxy().tls_certs_only([]);
    client.build().unwrap()
}
