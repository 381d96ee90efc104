//! What this process knows as secret, and its removal from text that leaves the process.
//! Finds a secret also where a text quotes it in another encoding; never decides which texts are checked.

mod escapes;
mod views;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::graph::error::sanitize::one_line;

/// Replaces a secret.
const REDACTED: &str = "(secret)";

/// The fewest bytes of a secret that is looked for. Shorter ones occur in most texts by chance.
const SHORTEST: usize = 4;

/// The fewest bytes of a secret that is found inside a word. Shorter ones, such as `flow`, are found only as a whole word.
const SHORTEST_IN_WORD: usize = 8;

/// The fewest bytes of base64 that also counts as secret when it is decoded: a certificate or a key.
const SHORTEST_BASE64: usize = 32;

/// The secrets that this process has read or received. Clones share them.
#[derive(Clone, Default)]
pub struct KnownSecrets {
    known: Arc<RwLock<Known>>,
    /// What is forgotten with the last clone.
    scope: Option<Arc<Scope>>,
}

#[derive(Default)]
struct Known {
    /// Each form, and how often it was added.
    forms: BTreeMap<Vec<u8>, usize>,
    all: Needles,
    /// Those that are found inside words.
    long: Needles,
}

/// What a part of the run has added.
struct Scope {
    known: Arc<RwLock<Known>>,
    added: Mutex<Vec<Vec<u8>>>,
}

impl Drop for Scope {
    fn drop(&mut self) {
        let added = self.added.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.forget(added);
    }
}

/// The byte strings that a text is searched for.
#[derive(Default)]
struct Needles {
    automaton: Option<AhoCorasick>,
    /// The length of the shortest.
    shortest: usize,
    /// The length of the longest.
    longest: usize,
}

impl KnownSecrets {
    /// The same secrets for a part of the run: what it adds is known to the whole run, until the part ends. A run of many
    /// tenants would search for the tokens of all of them otherwise.
    pub fn scope(&self) -> Self {
        let scope = Scope {
            known: Arc::clone(&self.known),
            added: Mutex::default(),
        };
        Self {
            known: Arc::clone(&self.known),
            scope: Some(Arc::new(scope)),
        }
    }

    /// Adds secrets, which no text contains from now on.
    pub fn add<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let forms = secrets.into_iter().flat_map(forms);
        let forms: Vec<_> = forms.filter(|form| form.len() >= SHORTEST).collect();
        if let Some(scope) = &self.scope {
            let mut added = scope.added.lock().unwrap_or_else(PoisonError::into_inner);
            added.extend(forms.iter().cloned());
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.add(forms);
    }

    /// A text of another party, or one that may quote it, without secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.all.replace_in(text)
    }

    /// An output of this program without secrets. Those that are found only as whole words stay, because an output has
    /// such words of its own; the texts of others in it have been redacted before.
    pub fn redact_output<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.long.replace_in(text)
    }
}

impl Known {
    fn add(&mut self, forms: Vec<Vec<u8>>) {
        let before = self.forms.len();
        for form in forms {
            *self.forms.entry(form).or_default() += 1;
        }
        if self.forms.len() > before {
            self.all = Needles::new(self.forms.keys(), SHORTEST);
            self.long = Needles::new(self.forms.keys(), SHORTEST_IN_WORD);
        }
    }

    /// Forgets forms once they were forgotten as often as added. They are still found until others are added.
    fn forget(&mut self, forms: &[Vec<u8>]) {
        for form in forms {
            if let Some(count) = self.forms.get_mut(form) {
                *count -= 1;
                if *count == 0 {
                    self.forms.remove(form);
                }
            }
        }
    }
}

impl fmt::Debug for KnownSecrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("KnownSecrets")
    }
}

/// The byte strings that show a secret: its text, its text on one line and without blanks, its text in UTF-16, and the bytes
/// that its base64 decodes to.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let utf_16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let decoded = (secret.len() >= SHORTEST_BASE64).then(|| STANDARD.decode(secret));
    let decoded = decoded.and_then(Result::ok).unwrap_or_default();
    // A text of few letters is as likely to occur in UTF-16 as otherwise.
    let utf_16 = (secret.len() >= SHORTEST).then_some(utf_16);
    let one_line: String = one_line(secret).collect();
    let joined: String = secret.split_ascii_whitespace().collect();
    let texts = [
        secret.as_bytes().to_vec(),
        one_line.into_bytes(),
        joined.into_bytes(),
        decoded,
    ];
    texts.into_iter().chain(utf_16).collect()
}

/// Fails only beyond the limits of memory; then nothing could be sent either. A DFA would be faster to search and slower to
/// build, and a run builds one for each secret.
fn automaton(forms: &[&Vec<u8>]) -> Option<AhoCorasick> {
    let mut builder = AhoCorasick::builder();
    builder.kind(Some(AhoCorasickKind::ContiguousNFA));
    builder.build(forms).ok()
}

impl Needles {
    fn new<'a>(forms: impl Iterator<Item = &'a Vec<u8>>, shortest: usize) -> Self {
        let forms: Vec<_> = forms.filter(|form| form.len() >= shortest).collect();
        let lengths = || forms.iter().map(|form| form.len());
        Self {
            automaton: (!forms.is_empty()).then(|| automaton(&forms)).flatten(),
            shortest: lengths().min().unwrap_or_default(),
            longest: lengths().max().unwrap_or_default(),
        }
    }

    /// The text with each secret replaced.
    fn replace_in<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.automaton.is_none() {
            return Cow::Borrowed(text);
        }
        let mut found = views::find(text.as_bytes(), self);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            let (from, to) = (
                boundary(text, (0..=range.start).rev()),
                boundary(text, range.end..text.len()),
            );
            if from >= end {
                redacted.push_str(&text[end..from]);
                redacted.push_str(REDACTED);
            }
            end = end.max(to);
        }
        redacted.push_str(&text[end..]);
        Cow::Owned(redacted)
    }

    /// Where the bytes contain a secret as it is.
    fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let is_word = |range: &Range<usize>| {
            let is_inside = range.start > 0 && is_letter(range.start - 1) || is_letter(range.end);
            range.len() >= SHORTEST_IN_WORD || !is_inside
        };
        let found = automaton.find_overlapping_iter(bytes);
        found.map(|found| found.range()).filter(is_word).collect()
    }
}

/// The first of these places that does not split a character; the end of the text if there is none.
fn boundary(text: &str, mut places: impl Iterator<Item = usize>) -> usize {
    let place = places.find(|at| text.is_char_boundary(*at));
    place.unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
