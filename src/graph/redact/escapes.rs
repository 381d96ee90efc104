//! How programs write bytes in other forms within a text: escapes, each with the bytes that it means.
//! Knows nothing of secrets.

/// The longest HTML entity, with its `&` and `;`.
const LONGEST_ENTITY: usize = 12;

/// What an escape at the start of the bytes means, and its length; `None` if there is none.
type Decoder = fn(&[u8]) -> Option<(Vec<u8>, usize)>;

/// An encoding that writes some bytes in another form.
pub(super) struct Encoding {
    /// Whether an escape can begin with a byte.
    pub(super) begins: [bool; 256],
    pub(super) decode: Decoder,
}

/// An encoding whose escapes begin with one of these bytes.
const fn encoding(mut first: &[u8], decode: Decoder) -> Encoding {
    let mut begins = [false; 256];
    while let [byte, rest @ ..] = first {
        begins[*byte as usize] = true;
        first = rest;
    }
    Encoding { begins, decode }
}

/// How texts quote others.
pub(super) static ENCODINGS: [Encoding; 6] = [
    encoding(b"%", percent),
    encoding(b"+%", form),
    encoding(b"&", html),
    encoding(b"\\", backslash),
    encoding(b" \n\r\t\x0c", blank),
    encoding(b"\0", zero),
];

/// How programs write bytes that they do not expect: decoded in the text itself only, with one encoding inside, because more
/// would cost too much time.
pub(super) static OF_BYTES: [Encoding; 2] =
    [encoding(b"\\0", octet), encoding(b"=", quoted_printable)];

/// Bytes as decimal numbers.
pub(super) static DECIMAL: Encoding = encoding(b"0123456789", decimal);

/// Characters of two or four bytes.
pub(super) static UTF_16: Encoding = Encoding {
    begins: [true; 256],
    decode: utf_16,
};

fn percent(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'%', digits @ ..] = text else {
        return None;
    };
    match digits {
        [b'u', digits @ ..] => Some((utf_8(number(digits, 4)?), 6)),
        _ => Some((vec![u8::try_from(number(digits, 2)?).ok()?], 3)),
    }
}

fn form(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text.first()? {
        b'+' => Some((b" ".to_vec(), 1)),
        _ => percent(text),
    }
}

fn html(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'&', rest @ ..] = text else {
        return None;
    };
    let end = rest
        .iter()
        .take(LONGEST_ENTITY)
        .position(|byte| *byte == b';')?;
    let entity = std::str::from_utf8(&text[..end + 2]).ok()?;
    let decoded = html_escape::decode_html_entities(entity);
    (decoded != entity).then(|| (decoded.into_owned().into_bytes(), entity.len()))
}

/// The escapes of JSON and of languages like it, and of this program's own output.
fn backslash(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'\\', escape, rest @ ..] = text else {
        return None;
    };
    let one = |byte: u8| Some((vec![byte], 2));
    match escape {
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'b' => one(0x08),
        b'f' => one(0x0c),
        b'x' => Some((utf_8(number(rest, 2)?), 4)),
        b'u' => unicode(rest).map(|(decoded, length)| (decoded, length + 2)),
        punctuation if punctuation.is_ascii_punctuation() => one(*punctuation),
        _ => None,
    }
}

/// What follows `\u`: four digits, two such halves, or a number in braces.
fn unicode(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    if let [b'{', digits @ ..] = text {
        let length = digits.iter().take(7).position(|byte| *byte == b'}')?;
        return Some((utf_8(number(digits, length)?), length + 2));
    }
    let first = number(text, 4)?;
    let second = match text.get(4..) {
        Some([b'\\', b'u', digits @ ..]) if (0xd800..0xdc00).contains(&first) => number(digits, 4),
        _ => None,
    };
    match second.filter(|second| (0xdc00..0xe000).contains(second)) {
        Some(second) => {
            let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((utf_8(joined), 10))
        }
        None => Some((utf_8(first), 4)),
    }
}

/// Blanks and line breaks: long texts are broken into lines, and messages are put on one.
fn blank(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_whitespace());
    let length = length.count();
    (length > 0).then(|| (Vec::new(), length))
}

/// A byte as `\x2b`, `\053` or `0x2b`, the last with what separates it from the next.
fn octet(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let byte = |number: Option<u32>| Some(vec![u8::try_from(number?).ok()?]);
    match text {
        // In JSON, the backslash is written twice.
        [b'\\', b'\\', rest @ ..] if !rest.starts_with(b"\\") => {
            let (value, length) = octet(&text[1..])?;
            Some((value, length + 1))
        }
        [b'\\', b'x' | b'X', digits @ ..] => Some((byte(number(digits, 2))?, 4)),
        [b'\\', digits @ ..] => {
            let digits = std::str::from_utf8(digits.get(..3)?).ok()?;
            let is_octal = digits.bytes().all(|digit| (b'0'..b'8').contains(&digit));
            let value = is_octal.then(|| u32::from_str_radix(digits, 8).ok());
            Some((byte(value?)?, 4))
        }
        [b'0', b'x' | b'X', digits @ ..] => {
            let value = byte(number(digits, 2))?;
            Some((value, 4 + separator(&digits[2..])))
        }
        _ => None,
    }
}

/// A byte as a decimal number, with what separates it from the next.
fn decimal(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    // One digit more than a byte has: a longer number is none.
    let digits = text.iter().take(4);
    let length = digits.take_while(|byte| byte.is_ascii_digit()).count();
    let value = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((vec![value], length + separator(&text[length..])))
}

/// The length of a comma and blanks.
fn separator(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_separator(**byte)).count()
}

/// Whether a byte separates numbers.
pub(super) fn is_separator(byte: u8) -> bool {
    b", \t\r\n".contains(&byte)
}

/// The escapes of mail, `=2B`, and the `=` at the end of its lines.
fn quoted_printable(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'=', rest @ ..] = text else {
        return None;
    };
    match number(rest, 2).and_then(|byte| u8::try_from(byte).ok()) {
        Some(byte) => Some((vec![byte], 3)),
        None => {
            let (_, length) = blank(rest)?;
            Some((Vec::new(), length + 1))
        }
    }
}

/// The zeros of UTF-16, which the bytes of base64 may be, at any offset.
fn zero(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    text.starts_with(b"\0").then(|| (Vec::new(), 1))
}

/// A character of UTF-16.
fn utf_16(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let units = text.chunks_exact(2).take(2);
    let units = units.map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let decoded = char::decode_utf16(units).next()?;
    let decoded = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((decoded.to_string().into_bytes(), decoded.len_utf16() * 2))
}

/// The number that so many hexadecimal digits are.
pub(super) fn number(digits: &[u8], length: usize) -> Option<u32> {
    let digits = std::str::from_utf8(digits.get(..length)?).ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16))?
        .ok()
}

fn utf_8(code: u32) -> Vec<u8> {
    char::from_u32(code)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
        .to_string()
        .into_bytes()
}
