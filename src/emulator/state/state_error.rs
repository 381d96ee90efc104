//! Why a state file cannot be used.

use std::path::PathBuf;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be read.
    #[error("cannot read the emulator's state {path}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the emulator's state {path}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another process owns the file, or it cannot be locked.
    #[error("cannot use the emulator's state {path}", path = .path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is not JSON, or not of the documented shape.
    #[error("the emulator's state {path} is not a valid state file; correct it, or move it away to start with a new tenant", path = .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The file is JSON, but its content is invalid.
    #[error("the emulator's state {path} contains {what}; correct it, or move it away to start with a new tenant", path = .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The invalid content.
        what: String,
    },
}
