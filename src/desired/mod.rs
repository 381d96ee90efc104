//! Files to the desired state.
