//! Parts of objects that Graph refuses to read: a problem of the object if a file declares the part, else a note.
//! Decides on no step: what is unknown is in neither side of the comparison.

use crate::desired::Desired;
use crate::live::UnreadPart;
use crate::plan::LeftOut;
use crate::problem::Problem;

/// The parts that a file declares.
pub(super) fn left_out(unread: &[UnreadPart]) -> Vec<LeftOut> {
    let declared = unread.iter().filter(|part| part.is_declared);
    let left_out = |part: &UnreadPart| LeftOut {
        address: part.address.clone(),
        path: part.path.clone(),
        cause: cause(part),
    };
    declared.map(left_out).collect()
}

/// A problem for each part that a file declares and that is left out.
pub fn left_out_problems(left_out: &[LeftOut], desired: &Desired) -> Vec<Problem> {
    let problem = |part: &LeftOut| {
        let LeftOut {
            address,
            path,
            cause,
        } = part;
        let message = format!("{path} of {address} cannot be read: {cause}");
        let problem = Problem::error(message).help(format!(
            "its steps are left out; remove `{path}` from the document if this tenant does not have it"
        ));
        match desired.span_of(address, path) {
            Some(span) => problem.at(span.clone()),
            None => problem,
        }
    };
    left_out.iter().map(problem).collect()
}

/// A warning for each part that no file declares.
pub(super) fn warnings(unread: &[UnreadPart]) -> Vec<String> {
    let undeclared = unread.iter().filter(|part| !part.is_declared);
    undeclared.map(message).collect()
}

/// That a part cannot be read, and why.
pub fn message(part: &UnreadPart) -> String {
    let UnreadPart { address, path, .. } = part;
    format!("{path} of {address} cannot be read: {}", cause(part))
}

/// What Graph answered, in one line.
fn cause(part: &UnreadPart) -> String {
    let error = part.error.to_string();
    error.lines().next().unwrap_or_default().to_owned()
}
