//! From the text of an answer to its fields, or to the error that it means (`metakocka-api.md §1.3`,
//! `§1.4`). `opr_code` decides before the HTTP status does (Q1).

use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::{Error, Excerpt, MetakockaReply, RefusedBy};
use crate::fields::{FieldError, Fields};
use crate::values::shorten;

/// How much of Metakocka's own words an error keeps, in characters: lists of valid values are long.
const MAX_TEXT: usize = 1000;

/// The most values of an answer: a page of a hundred documents with two hundred lines of twenty-five fields.
/// What is read takes up to thirty times the room of the shortest value; a list of so many grows to less than
/// the default of [`Limits::max_reply_bytes`](crate::Limits::max_reply_bytes).
const MAX_VALUES: usize = 500_000;
/// The most objects among them; one takes up to two hundred times the room of the shortest.
const MAX_OBJECTS: usize = 100_000;
/// The longest text of an answer, in bytes: while its escapes are read it is copied into a room that doubles as it
/// fills, which stays below the default limit of an answer.
const MAX_JSON_TEXT: usize = 12 * 1024 * 1024;

/// An answer as it came, the secret key removed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) endpoint: Endpoint,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) text: String,
}

/// A successful reply, to be read. Public only to the sealed trait of writes, which nobody outside can call.
pub struct Reply<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) status: u16,
    /// Whether the reply says 0; some endpoints say nothing when all is well (`metakocka-api.md §1.3`).
    pub(crate) has_code: bool,
    pub(crate) fields: Fields<'a>,
    /// The whole text.
    pub(crate) text: &'a str,
}

impl Answer {
    /// The reply, or the error that the answer means.
    pub(crate) fn open(&self) -> Result<Reply<'_>, Error> {
        // Counted before it is read: reading is what takes the room.
        if self.text.trim_start().starts_with('{') && has_too_much(&self.text) {
            let error = FieldError::new("", "this has more values, or a longer one, than any real answer");
            return Err(unexpected(self.endpoint, self.status, error));
        }
        match Fields::open_text(&self.text) {
            Ok(fields) => self.open_fields(fields),
            Err(_) => Err(self.foreign()),
        }
    }

    /// The reply to a write, or the error that the answer means. A refusal under another HTTP status than
    /// success proves nothing: something on the way may have said it, after Metakocka did what was asked.
    /// 401, 403 and 429 keep their reason, so that the caller pauses; whether anything was done is judged by
    /// the code in the body, not by them.
    pub(crate) fn open_write(&self) -> Result<Reply<'_>, Error> {
        let opened = self.open();
        let asks_to_pause = matches!(self.status, 401 | 403 | 429) && opened.is_err();
        let is_plain = self.status == 200 || (is_success(self.status) && opened.is_ok());
        if is_plain || asks_to_pause {
            return opened;
        }
        Err(Error::HttpStatus {
            endpoint: self.endpoint,
            status: self.status,
            retry_after: self.retry_after,
            excerpt: Excerpt::of(&self.text),
        })
    }

    fn open_fields<'a>(&'a self, mut fields: Fields<'a>) -> Result<Reply<'a>, Error> {
        let code = fields.text("opr_code").ok().flatten();
        match code {
            Some(code) if code != "0" => Err(self.declined(code, &mut fields)),
            _ if !is_success(self.status) => Err(self.foreign()),
            code => Ok(Reply {
                endpoint: self.endpoint,
                status: self.status,
                has_code: code.is_some(),
                fields,
                text: &self.text,
            }),
        }
    }

    /// The error of a code that is not 0.
    fn declined(&self, code: String, fields: &mut Fields<'_>) -> Error {
        let mut text = |name| {
            let said = fields.text(name).ok().flatten();
            said.map(|said| shorten(&said, MAX_TEXT))
        };
        let reply = Box::new(MetakockaReply {
            status: self.status,
            text: text("opr_desc"),
            app_code: text("opr_code_app"),
            app_text: text("opr_desc_app"),
            code,
        });
        let endpoint = self.endpoint;
        match (reply.code.as_str(), self.status) {
            ("4", _) => Error::KeyRefused { endpoint, by: RefusedBy::NetworkAddress, reply },
            ("3", _) | (_, 401 | 403) => Error::KeyRefused { endpoint, by: RefusedBy::Key, reply },
            (_, 429) => Error::Quota { endpoint, retry_after: self.retry_after, reply },
            ("5", _) if names_a_quota(reply.sentence()) => {
                Error::Quota { endpoint, retry_after: self.retry_after, reply }
            }
            ("2" | "5" | "6" | "8", _) => Error::Refused { endpoint, reply },
            _ => Error::Failed { endpoint, reply },
        }
    }

    /// The error of an answer that is no reply of Metakocka's.
    fn foreign(&self) -> Error {
        let endpoint = self.endpoint;
        let silent = || {
            Box::new(MetakockaReply {
                status: self.status,
                code: String::new(),
                text: None,
                app_code: None,
                app_text: None,
            })
        };
        let excerpt = Excerpt::of(&self.text);
        match self.status {
            401 | 403 => Error::KeyRefused { endpoint, by: RefusedBy::Key, reply: silent() },
            429 => Error::Quota { endpoint, retry_after: self.retry_after, reply: silent() },
            status if is_success(status) || status == 404 => {
                Error::NotMetakocka { endpoint, status, excerpt }
            }
            status => Error::HttpStatus { endpoint, status, retry_after: self.retry_after, excerpt },
        }
    }
}

impl Reply<'_> {
    /// The error of a reply that is not what the endpoint answers.
    pub(crate) fn unexpected(&self, error: FieldError) -> Error {
        unexpected(self.endpoint, self.status, error)
    }

    /// Refuses a reply without any of the fields that the endpoint's success has: silence is not "nothing
    /// there".
    pub(crate) fn require_any(&self, names: &[&str]) -> Result<(), Error> {
        if names.iter().any(|name| self.fields.has(name)) {
            return Ok(());
        }
        Err(self.unexpected(FieldError::new(names.first().unwrap_or(&""), "the field is missing")))
    }
}

/// The error of a reply that is not what the endpoint answers.
pub(crate) fn unexpected(endpoint: Endpoint, status: u16, error: FieldError) -> Error {
    Error::UnexpectedReply { endpoint, status, field: error.field, sentence: error.sentence }
}

/// Whether an answer has more values, or a longer text, than any real one. Marks in texts count too: they only make it
/// stricter.
fn has_too_much(text: &str) -> bool {
    let objects = text.bytes().filter(|byte| *byte == b'{').count();
    let others = text.bytes().filter(|byte| matches!(byte, b',' | b'[')).count();
    objects > MAX_OBJECTS || objects + others > MAX_VALUES || longest_text(text) > MAX_JSON_TEXT
}

/// The length of the longest text between quotation marks, in bytes as it is spelled.
fn longest_text(json: &str) -> usize {
    let (mut longest, mut since, mut is_escaped) = (0, None, false);
    for (at, byte) in json.bytes().enumerate() {
        match (byte, since) {
            _ if is_escaped => is_escaped = false,
            (b'\\', Some(_)) => is_escaped = true,
            (b'"', None) => since = Some(at + 1),
            (b'"', Some(begin)) => {
                longest = longest.max(at - begin);
                since = None;
            }
            _ => {}
        }
    }
    longest
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Code 5 is also a business refusal (Q24): only a text that speaks of a quota is one. The official text is
/// "Quote exceeds".
fn names_a_quota(text: &str) -> bool {
    let text = text.to_lowercase();
    ["quot", "exceed", "too many", "omejitev števila klicev"].iter().any(|word| text.contains(word))
}
