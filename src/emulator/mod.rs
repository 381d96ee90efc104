//! A local Microsoft Graph for user flows.
