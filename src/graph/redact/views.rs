//! Decoded views of a text: percent-, form- and HTML-encoded, JSON, base64, hexadecimal and other forms of bytes, also inside
//! each other.
//! Never decides what is secret.

use std::ops::Range;

use super::escapes::{DECIMAL, ENCODINGS, Encoding, OF_BYTES, UTF_16, is_separator, number};
use super::{Needles, SHORTEST_IN_WORD};

/// How many encodings inside each other are decoded, for texts up to a length. An error of a server is short; each further
/// level of a long text would cost as much time as five of them.
const DEPTHS: [(usize, usize); 2] = [(64 << 10, 4), (1 << 20, 2)];

/// The depth for longer texts.
const LEAST_DEPTH: usize = 1;

/// A longer text is searched in parts of at least this length, so that its views do not take many times its memory.
const PART: usize = 64 << 10;

/// How many times as long as a secret its quotation is at most, for quotations across two parts.
const MOST_EXPANSION: usize = 8;

/// A text in which one encoding is decoded.
struct View {
    bytes: Vec<u8>,
    source: SourceMap,
    /// What precedes the source in the text.
    offset: usize,
}

/// Where the bytes of a view come from.
enum SourceMap {
    /// The text itself, apart from these escapes.
    Escapes(Vec<Escape>),
    /// Base64 from here: 4 characters are 3 bytes.
    Base64(usize),
    /// Hexadecimal digits from here, each pair this far from the next.
    Hex(usize, usize),
}

/// A decoded escape: its bytes in the view, and its place in the text.
struct Escape {
    decoded: Range<usize>,
    source: Range<usize>,
}

/// Where a text contains a secret, in any of its views.
pub(super) fn find(text: &[u8], needles: &Needles) -> Vec<Range<usize>> {
    let depth = DEPTHS.iter().find(|(length, _)| text.len() <= *length);
    let depth = depth.map_or(LEAST_DEPTH, |(_, depth)| *depth);
    let overlap = needles.longest * MOST_EXPANSION;
    let step = PART.max(overlap);
    let starts = (0..text.len().max(1)).step_by(step);
    let parts = starts.map(|start| start..text.len().min(start + step + overlap));
    let found = parts.flat_map(|part| {
        let found = find_in_part(&text[part.clone()], needles, depth).into_iter();
        let found = found.map(move |range| range.start + part.start..range.end + part.start);
        // At an edge of a part, the end of a word is not known; another part contains it with what is around.
        found.filter(move |range| {
            (range.start > part.start || part.start == 0)
                && (range.end < part.end || part.end == text.len())
        })
    });
    found.collect()
}

fn find_in_part(text: &[u8], needles: &Needles, depth: usize) -> Vec<Range<usize>> {
    let mut found = find_within(text, needles, depth);
    let of_bytes = OF_BYTES
        .iter()
        .filter_map(|encoding| unescaped(text, encoding));
    for view in of_bytes.chain(decimals(text)) {
        // A short one is a word among decoded bytes by chance.
        let inside = find_within(&view.bytes, needles, LEAST_DEPTH).into_iter();
        let inside = inside.filter(|range| range.len() >= SHORTEST_IN_WORD);
        found.extend(inside.map(|range| view.source_of(range)));
    }
    found
}

fn find_within(text: &[u8], needles: &Needles, depth: usize) -> Vec<Range<usize>> {
    let mut found = needles.find(text);
    if depth > 0 {
        let escapes = ENCODINGS
            .iter()
            .filter_map(|encoding| unescaped(text, encoding));
        let units = text
            .contains(&0)
            .then(|| unescaped(text, &UTF_16))
            .flatten();
        let digits = base64(text, needles.shortest).chain(hex(text, needles.shortest));
        for view in escapes.chain(units).chain(digits) {
            let depth = if view.is_text() { depth - 1 } else { 0 };
            let inside = find_within(&view.bytes, needles, depth);
            found.extend(inside.into_iter().map(|range| view.source_of(range)));
        }
    }
    found
}

impl View {
    /// Whether it is worth looking for encodings inside: what the digits decode to is mostly text.
    fn is_text(&self) -> bool {
        let text = || self.bytes.utf8_chunks().map(|chunk| chunk.valid().len());
        match self.source {
            SourceMap::Escapes(_) => true,
            SourceMap::Base64(_) | SourceMap::Hex(..) => {
                text().sum::<usize>() * 4 >= self.bytes.len() * 3
            }
        }
    }

    /// The part of the text that a part of the view comes from.
    fn source_of(&self, range: Range<usize>) -> Range<usize> {
        let source = self.source.of(range);
        source.start + self.offset..source.end + self.offset
    }
}

impl SourceMap {
    /// The part of the text that a part of the view comes from.
    fn of(&self, view: Range<usize>) -> Range<usize> {
        let last = view.end.saturating_sub(1);
        match self {
            Self::Escapes(escapes) => source(escapes, view.start).start..source(escapes, last).end,
            Self::Base64(start) => {
                let digit = |byte: usize| start + byte / 3 * 4 + byte % 3;
                digit(view.start)..digit(last) + 2
            }
            Self::Hex(start, step) => start + view.start * step..start + last * step + 2,
        }
    }
}

/// The place of a byte of the view in the text.
fn source(escapes: &[Escape], at: usize) -> Range<usize> {
    let after = escapes.partition_point(|escape| escape.decoded.start <= at);
    match after.checked_sub(1).map(|index| &escapes[index]) {
        None => at..at + 1,
        Some(Escape { decoded, source }) if decoded.contains(&at) => source.clone(),
        Some(Escape { decoded, source }) => {
            let start = source.end + at - decoded.end;
            start..start + 1
        }
    }
}

/// The text without the escapes of an encoding; `None` if it has none.
fn unescaped(text: &[u8], encoding: &Encoding) -> Option<View> {
    let next = |from: usize| {
        let mut candidates =
            (from..text.len()).filter(|at| encoding.begins[usize::from(text[*at])]);
        candidates.find_map(|at| Some((at, (encoding.decode)(&text[at..])?)))
    };
    let mut escape = next(0);
    escape.as_ref()?;
    let (mut bytes, mut escapes, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some((start, (decoded, length))) = escape {
        bytes.extend_from_slice(&text[at..start]);
        at = start + length;
        let start_of_decoded = bytes.len();
        bytes.extend(decoded);
        escapes.push(Escape {
            decoded: start_of_decoded..bytes.len(),
            source: start..at,
        });
        escape = next(at);
    }
    bytes.extend_from_slice(&text[at..]);
    (bytes != text).then_some(View {
        bytes,
        source: SourceMap::Escapes(escapes),
        offset: 0,
    })
}

/// The bytes in a text that are written as decimal numbers, at least as many as a secret has that is found inside a word.
fn decimals(text: &[u8]) -> impl Iterator<Item = View> {
    let is_part = |byte: u8| byte.is_ascii_digit() || is_separator(byte);
    runs(text, is_part, SHORTEST_IN_WORD * 2 - 1).filter_map(|run| {
        let view = unescaped(&text[run.clone()], &DECIMAL)?;
        Some(View {
            offset: run.start,
            ..view
        })
    })
}

/// The base64 in a text that is long enough for `shortest` bytes, in either alphabet and from each of the four characters
/// with which a group can start.
fn base64(text: &[u8], shortest: usize) -> impl Iterator<Item = View> {
    let runs = runs(
        text,
        |byte| sextet(byte).is_some(),
        (shortest * 4).div_ceil(3),
    );
    runs.flat_map(move |run| {
        (run.start..run.end).take(4).map(move |start| View {
            bytes: text[start..run.end].chunks(4).flat_map(group).collect(),
            source: SourceMap::Base64(start),
            offset: 0,
        })
    })
}

fn sextet(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The whole bytes of a group of up to four characters.
fn group(digits: &[u8]) -> impl Iterator<Item = u8> {
    let bits = digits.iter().filter_map(|digit| sextet(*digit));
    let bits = bits.fold(0, |bits, sextet| bits << 6 | sextet) << (6 * (4 - digits.len()));
    let [_, bytes @ ..] = bits.to_be_bytes();
    bytes.into_iter().take(digits.len() * 3 / 4)
}

/// The hexadecimal numbers in a text that are long enough for `shortest` bytes, also with a separator between bytes, as
/// .NET writes them.
fn hex(text: &[u8], shortest: usize) -> impl Iterator<Item = View> {
    let joined = runs(text, |byte| byte.is_ascii_hexdigit(), shortest * 2);
    let joined = joined.flat_map(move |run| {
        (run.start..run.end)
            .take(2)
            .map(move |start| (start..run.end, 2))
    });
    let is_spaced = |byte: u8| byte.is_ascii_hexdigit() || b"-: ".contains(&byte);
    let spaced = runs(text, is_spaced, shortest * 3 - 1);
    let spaced = spaced.flat_map(move |run| {
        (run.start..run.end)
            .take(3)
            .map(move |start| (start..run.end, 3))
    });
    joined.chain(spaced).map(move |(run, step)| {
        let pairs = text[run.clone()].chunks(step);
        let byte = |pair: &[u8]| number(pair, 2).and_then(|byte| u8::try_from(byte).ok());
        View {
            bytes: pairs.map(|pair| byte(pair).unwrap_or_default()).collect(),
            source: SourceMap::Hex(run.start, step),
            offset: 0,
        }
    })
}

/// The longest stretches of such bytes, if they are long enough.
fn runs(
    text: &[u8],
    is_part: impl Fn(u8) -> bool + Copy,
    shortest: usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].iter().position(|byte| is_part(*byte))?;
        let length = text[start..]
            .iter()
            .take_while(|byte| is_part(**byte))
            .count();
        at = start + length;
        Some(start..at)
    })
    .filter(move |run| run.len() >= shortest)
}
