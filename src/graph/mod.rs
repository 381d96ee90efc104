//! HTTP to Microsoft Graph, and nothing about kinds of objects.
