//! Text output of dangers, above everything else.

use std::io::{self, Write};

use crate::dangers::Danger;
use crate::model::Severity;
use crate::render::style::{Style, Tone};

/// One line for each danger, wrapped, and an empty line before them.
pub(in crate::render) fn dangers(
    out: &mut dyn Write,
    dangers: &[Danger],
    style: Style,
) -> io::Result<()> {
    if !dangers.is_empty() {
        writeln!(out)?;
    }
    for danger in dangers {
        let tone = match danger.rule.severity() {
            Severity::Error => Tone::Bad,
            Severity::Warning | Severity::Note => Tone::Changed,
        };
        let lines = style.words(tone, 0, &sentence(danger));
        writeln!(out, "{}", lines.join("\n"))?;
    }
    Ok(())
}

/// A danger, in one sentence.
fn sentence(danger: &Danger) -> String {
    let Danger {
        rule,
        address,
        message,
    } = danger;
    let severity = rule.severity().as_str();
    format!("danger: {rule} ({severity}): {address} {message}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dangers::DangerRule;
    use crate::model::Address;

    #[test]
    fn dangers_fit_into_80_columns() {
        let long = Danger {
            rule: DangerRule::OtherHost,
            address: Address::new("customAuthenticationExtension", "Check the loyalty number"),
            message: "has another host: endpointConfiguration.targetUrl changes from a.example to b.example"
                .to_owned(),
        };
        let style = Style {
            width: 80,
            ..Style::PLAIN
        };
        let mut out = Vec::new();
        dangers(&mut out, &[long], style).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "\ndanger: other-host (error): customAuthenticationExtension/Check the loyalty\n        \
             number has another host: endpointConfiguration.targetUrl changes from\n        \
             a.example to b.example\n"
        );
    }
}
