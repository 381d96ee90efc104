//! Tells a person where to sign in, and opens the page in their browser.
//! Never waits for them; the session does.

use std::sync::{Mutex, PoisonError};

use super::terminal::Terminal;
use crate::desired::Tenant;
use crate::graph::{Prompt, SignInPage};

/// The prompt for the sign-in to a tenant. It is shown at once, also where the output of the tenant is buffered.
pub(super) fn prompt(tenant: &Tenant, terminal: &Terminal) -> Prompt {
    let terminal = Mutex::new(terminal.unbuffered());
    let tenant = tenant.name.clone();
    Prompt::new(move |page| {
        let mut terminal = terminal.lock().unwrap_or_else(PoisonError::into_inner);
        terminal.message(&text(&tenant, page));
        if page.code.is_none() {
            // A machine without a browser shows the address only.
            let _ = open::that_detached(&page.url);
        }
    })
}

fn text(tenant: &str, SignInPage { url, code }: &SignInPage) -> String {
    match code {
        Some(code) => format!("sign in to {tenant}: open {url} and enter the code {code}"),
        None => format!("sign in to {tenant} in the browser; if none opens, go to\n{url}"),
    }
}
