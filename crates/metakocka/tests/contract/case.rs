//! Cases as they are written down.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// All cases. Those of the file `setup` come first: what they save, all others can use.
pub(crate) struct Suite {
    pub(crate) groups: Vec<Group>,
}

/// The cases of one file.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// The file's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// One case.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// A sentence.
    pub(crate) name: String,
    /// Where it is said.
    pub(crate) source: String,
    /// Whether it writes.
    #[serde(default)]
    pub(crate) writes: bool,
    /// A setting that only a simulator can be given, as JSON.
    #[serde(default)]
    pub(crate) setting: Option<String>,
    /// Calls in their order.
    pub(crate) steps: Vec<Step>,
    /// Calls that take away what was made, whatever happened before; their replies do not matter.
    #[serde(default)]
    pub(crate) cleanup: Vec<Step>,
}

/// A call, what is sent, and what is expected.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct Step {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Sent,
    pub(crate) expected: Expected,
}

/// A body.
#[derive(Clone)]
pub(crate) enum Sent {
    /// JSON, to which company and key are added.
    Json(Value),
    /// Bytes as they are.
    Raw(String),
}

/// What is expected of an answer.
#[derive(Clone)]
pub(crate) enum Expected {
    /// HTTP 200 with JSON that fits a pattern.
    Json(Value),
    /// The HTML page of a wrong path.
    HtmlPage(u16),
    /// HTTP 200 with a PDF.
    Pdf,
    /// Any answer.
    Anything,
}

impl Suite {
    /// Reads every file beside this one.
    pub(crate) fn load() -> Result<Self, String> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/cases");
        let mut groups = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(|error| error.to_string())? {
            let path = entry.map_err(|error| error.to_string())?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let file: File = toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
            groups.push(Group { name, cases: file.case });
        }
        groups.sort_by_key(|group| (group.name != "setup", group.name.clone()));
        Ok(Self { groups })
    }

    /// The cases whose name contains a word, and those that all others build on.
    pub(crate) fn with_word(mut self, word: &str) -> Self {
        for group in self.groups.iter_mut().filter(|group| group.name != "setup") {
            let name = group.name.clone();
            group.cases.retain(|case| format!("{name}: {}", case.name).contains(word));
        }
        self
    }

    pub(crate) fn count(&self) -> usize {
        self.groups.iter().map(|group| group.cases.len()).sum()
    }
}

impl TryFrom<Vec<String>> for Step {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        let (call, body, expected) = match words.as_slice() {
            [call, body, expected] => (call, body, expected.as_str()),
            [call, body] => (call, body, "anything"),
            _ => return Err("a step is a call, a body and what is expected".to_owned()),
        };
        let mut words = call.split_whitespace().rev();
        let path = words.next().unwrap_or_default().to_owned();
        let method = words.next().unwrap_or("POST").to_owned();
        let (method, raw) = if method == "RAW" { ("POST".to_owned(), true) } else { (method, false) };
        let body = if raw { Sent::Raw(body.clone()) } else { Sent::Json(json(body)?) };
        let content_type = words.next().map(ToOwned::to_owned);
        Ok(Self { method, path, content_type, body, expected: Expected::parse(expected)? })
    }
}

impl Expected {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["anything"] => Ok(Self::Anything),
            ["PDF"] => Ok(Self::Pdf),
            ["HTML", status] => status.parse().map(Self::HtmlPage).map_err(|_| format!("{status}?")),
            _ => json(text).map(Self::Json),
        }
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}
