//! Writes a PDF file of one page of text: what a viewer needs and nothing more. Letters outside of Latin 1
//! lose their accents, because the built-in fonts do not have them.

use std::fmt::Write as _;

/// A4 in points.
const WIDTH: u32 = 595;
const HEIGHT: u32 = 842;
/// From the edges, and from line to line, in points.
const MARGIN: u32 = 56;
const LEADING: u32 = 16;

/// A page that is being filled from the top.
#[derive(Default)]
pub(super) struct Page {
    /// Drawing commands.
    content: Vec<u8>,
    lines: u32,
}

impl Page {
    pub(super) fn title(&mut self, text: &str) {
        self.draw(text, 18);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.draw(text, 10);
    }

    fn draw(&mut self, text: &str, size: u32) {
        self.lines += 1;
        let y = HEIGHT.saturating_sub(MARGIN + self.lines * LEADING);
        self.content.extend(format!("BT /F1 {size} Tf {MARGIN} {y} Td (").bytes());
        self.content.extend(latin(text));
        self.content.extend(b") Tj ET\n");
    }

    /// The file: catalogue, page, font, content, and where each begins.
    pub(super) fn into_file(self) -> Vec<u8> {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] \
             /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
        );
        let mut stream = format!("<< /Length {} >>\nstream\n", self.content.len()).into_bytes();
        stream.extend(self.content);
        stream.extend(b"endstream");
        let objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            page.into_bytes(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
            stream,
        ];
        let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
        for (number, object) in (1..).zip(&objects) {
            // Writing to a String cannot fail.
            let _ = writeln!(table, "{:010} 00000 n ", file.len());
            file.extend(format!("{number} 0 obj\n").bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let start = file.len();
        file.extend(table.bytes());
        let size = objects.len() + 1;
        file.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
        file
    }
}

/// The text in Latin 1, with the characters escaped that end a string.
fn latin(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '(' | ')' | '\\' => bytes.extend([b'\\', letter as u8]),
            'č' | 'ć' => bytes.push(b'c'),
            'Č' | 'Ć' => bytes.push(b'C'),
            'đ' => bytes.push(b'd'),
            // These two stand elsewhere in the fonts' encoding.
            'š' => bytes.push(0x9a),
            'Š' => bytes.push(0x8a),
            'ž' => bytes.push(0x9e),
            'Ž' => bytes.push(0x8e),
            '€' => bytes.push(0x80),
            '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}' => {
                bytes.push(u8::try_from(u32::from(letter)).unwrap_or(b'?'));
            }
            _ => bytes.push(b'?'),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_begins_where_the_table_says() {
        let mut page = Page::default();
        page.title("Račun (1)");
        page.text("Žaga \\ 5 €");
        let file = page.into_file();
        // One character for each byte, so that places in the text are places in the file.
        let text: String =
            file.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
        let start: usize =
            text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(text[start..].starts_with("xref\n0 6\n"));
        for (number, row) in (1..).zip(text[start..].lines().skip(3).take(5)) {
            let at: usize = row[..10].parse().unwrap();
            assert!(text[at..].starts_with(&format!("{number} 0 obj\n")), "{row}");
        }
        assert!(text.contains("Racun \\(1\\)"));
    }
}
