//! thaw's styles, once for every page.
//!
//! thaw writes a component's style when the component is first drawn. On the server that is done once, at start, with a
//! gallery of every thaw component in use; the shell puts the result into each page's head. A thaw component that is
//! used anywhere must therefore stand in the gallery. Pages get no collector of styles: parts of one page are drawn at
//! the same time, and a collector that is written twice at once makes thaw panic; without one nothing is sent.

#[cfg(feature = "ssr")]
pub use on_server::thaw_styles;

#[cfg(feature = "ssr")]
mod on_server {
    use std::sync::OnceLock;

    use leptos::prelude::*;
    use thaw_utils::SSRMountStyleProvider;

    static STYLES: OnceLock<Vec<(String, String)>> = OnceLock::new();

    /// `(id, style)` for each thaw component in use, by id. The first call renders the gallery.
    pub fn thaw_styles() -> &'static [(String, String)] {
        STYLES.get_or_init(|| Owner::new().with(render))
    }

    fn render() -> Vec<(String, String)> {
        let page = view! {
            <SSRMountStyleProvider>
                <html>
                    <head></head>
                    <body>
                        <thaw::Button>"x"</thaw::Button>
                        <thaw::Input />
                        <thaw::MessageBar>
                            <thaw::MessageBarBody>
                                <thaw::MessageBarTitle>"x"</thaw::MessageBarTitle>
                            </thaw::MessageBarBody>
                        </thaw::MessageBar>
                        <thaw::Spinner />
                        <thaw::Tag>"x"</thaw::Tag>
                    </body>
                </html>
            </SSRMountStyleProvider>
        };
        blocks(&page.to_html())
    }

    /// The style blocks of a page, sorted, so that every start sends the same bytes.
    fn blocks(page: &str) -> Vec<(String, String)> {
        let mut blocks: Vec<(String, String)> = page
            .split("<style id=\"")
            .skip(1)
            .filter_map(|block| {
                let (id, rest) = block.split_once("\">")?;
                let (style, _) = rest.split_once("</style>")?;
                Some((id.to_owned(), style.to_owned()))
            })
            .collect();
        blocks.sort_unstable();
        blocks
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_gallery_leaves_a_style_for_each_thaw_component_in_use() {
            let styles = thaw_styles();
            for id in ["button", "input", "message-bar", "spinner", "tag"] {
                let named = format!("thaw-id-{id}");
                assert!(styles.iter().any(|(known, css)| *known == named && !css.is_empty()), "{id}");
            }
        }
    }
}
