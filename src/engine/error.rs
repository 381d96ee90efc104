//! Why there is no plan. The command line says what to do about it.

use crate::fingerprints::FingerprintsError;
use crate::live::ReadError;
use crate::model::Address;
use crate::problem::Problem;

/// Why the files could not be compared with the tenant.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The files ask for something that the tenant contradicts.
    #[error("the files have problems")]
    Files(Vec<Problem>),
    /// An override names an object that no file declares.
    #[error("no file declares {address}")]
    UnknownOverride {
        /// The object.
        address: Address,
        /// The declared object with the nearest spelling.
        nearest: Option<String>,
    },
    /// No object of the files or of the tenant is selected.
    #[error("no object matches `--only {only}`")]
    NothingSelected {
        /// The filter as written.
        only: String,
        /// The object with the nearest spelling.
        nearest: Option<String>,
    },
    /// The replacement of an object is allowed whose document pins its id.
    #[error("{0} cannot be replaced: its document pins its `id`")]
    PinnedReplace(Address),
    /// The tenant could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The fingerprints of applied secrets could not be read.
    #[error(transparent)]
    Fingerprints(#[from] FingerprintsError),
}
