//! Reads pages as a person sees them, as far as the tests have to.

/// "Sync from Metakocka" as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ButtonSeen {
    /// Its `data-state`.
    pub(crate) state: String,
    /// Its words.
    pub(crate) label: String,
    /// Its tooltip.
    pub(crate) tip: String,
    /// Whether a click does something.
    pub(crate) enabled: bool,
}

impl ButtonSeen {
    /// The button of a page.
    pub(crate) fn on(page: &str) -> Self {
        let described = page.find(r#"aria-describedby="sync-button-tip""#).expect("no button on the page");
        let begin = page[..described].rfind('<').unwrap();
        let name = if page[begin..].starts_with("<a") { "</a>" } else { "</button>" };
        let element = &page[begin..begin + page[begin..].find(name).unwrap()];
        let tag = &element[..element.find('>').unwrap()];
        let tip = page.find(r#"id="sync-button-tip""#).unwrap();
        Self {
            state: attribute(tag, "data-state").to_owned(),
            label: words(element),
            tip: words(&page[tip - 1..tip + page[tip..].find("</span>").unwrap()]),
            enabled: !tag.contains(r#"aria-disabled="true""#) && !tag.contains(" disabled"),
        }
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let begin =
        tag.find(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {tag}")) + name.len() + 2;
    &tag[begin..begin + tag[begin..].find('"').unwrap()]
}

/// The text of a piece of a page, without its tags; a piece may begin in the middle of a tag.
fn words(html: &str) -> String {
    let html = if html.starts_with('<') { html } else { &html[html.find('>').unwrap() + 1..] };
    let parts =
        html.split('<').filter_map(|part| part.split_once('>').map_or(Some(part), |(_, text)| Some(text)));
    unescaped(&parts.collect::<String>()).trim().to_owned()
}

/// Text without the escapes of HTML.
pub(crate) fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
