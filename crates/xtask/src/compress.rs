//! The compressed neighbours of a file, made once at build time so that the server never compresses.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::{Context, Result};

/// Brotli's best quality: the client is compressed once and sent many times.
const BROTLI_QUALITY: i32 = 11;
/// log2 of the window in bytes: 4 MiB, more than the client, within what every browser accepts.
const BROTLI_WINDOW: i32 = 22;

/// Writes `FILE.br` and `FILE.gz` beside the file and returns the size of the brotli one in bytes.
pub(crate) fn write_neighbours(file: &Path) -> Result<u64> {
    let content = fs::read(file).context(|| format!("{} cannot be read", file.display()))?;
    let brotli = brotli(&content)?;
    write(&neighbour(file, "br"), &brotli)?;
    write(&neighbour(file, "gz"), &gzip(&content)?)?;
    Ok(brotli.len() as u64)
}

/// The path of a file with one more extension.
pub(crate) fn neighbour(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)
        .context(|| "brotli compression failed")?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).context(|| "gzip compression failed")
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn both_forms_give_back_the_content() {
        let content = b"the same words again, the same words again".repeat(20);
        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(&content).unwrap()[..], &mut from_brotli).unwrap();
        assert_eq!(from_brotli, content);

        let mut from_gzip = Vec::new();
        flate2::read::GzDecoder::new(&gzip(&content).unwrap()[..]).read_to_end(&mut from_gzip).unwrap();
        assert_eq!(from_gzip, content);
    }

    #[test]
    fn the_extension_is_added_not_replaced() {
        assert_eq!(neighbour(Path::new("pkg/crm-mind.js"), "br"), Path::new("pkg/crm-mind.js.br"));
    }
}
