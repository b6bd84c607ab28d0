//! Tax numbers with valid check digits, for the countries the seed draws partners from.
//! Makes and checks numbers; knows nothing of partners.

use rand::Rng;

/// Whether `text` is a tax number with a valid check digit: Slovenian with or without `SI`,
/// Croatian (`HR`), Austrian (`ATU`), Italian (`IT`) or German (`DE`) with their prefixes.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let (country, digits) = match text.get(..2) {
        Some(prefix) if prefix.chars().all(|c| c.is_ascii_uppercase()) => (prefix, &text[2..]),
        _ => ("SI", text),
    };
    let digits = if country == "AT" { digits.strip_prefix('U').unwrap_or("") } else { digits };
    let Some(digits) = parse_digits(digits) else { return false };
    let Some((check, body)) = digits.split_last() else { return false };
    let expected = match (country, digits.len()) {
        ("SI", 8) if body[0] != 0 => slovenian_check(body),
        ("HR", 11) | ("DE", 9) => Some(iso_7064_check(body)),
        ("AT", 8) => Some(austrian_check(body)),
        ("IT", 11) => Some(luhn_check(body)),
        _ => None,
    };
    expected == Some(*check)
}

/// A Slovenian tax number of eight digits, without prefix.
pub(crate) fn slovenian(rng: &mut impl Rng) -> String {
    loop {
        let mut digits = random_digits(rng, 7);
        // The eleventh remainder has no check digit: such numbers are never issued.
        if let Some(check) = slovenian_check(&digits) {
            digits.push(check);
            return text_of(&digits);
        }
    }
}

/// A foreign VAT number with its prefix; an unknown country gets a Slovenian one.
pub(crate) fn foreign(country: &str, rng: &mut impl Rng) -> String {
    let (prefix, length) = match country {
        "HR" => ("HR", 10),
        "DE" => ("DE", 8),
        "AT" => ("ATU", 7),
        "IT" => ("IT", 10),
        _ => return format!("SI{}", slovenian(rng)),
    };
    let mut digits = random_digits(rng, length);
    digits.push(match country {
        "AT" => austrian_check(&digits),
        "IT" => luhn_check(&digits),
        _ => iso_7064_check(&digits),
    });
    format!("{prefix}{}", text_of(&digits))
}

fn parse_digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

fn random_digits(rng: &mut impl Rng, count: usize) -> Vec<u32> {
    (0..count).map(|at| if at == 0 { rng.random_range(1..10) } else { rng.random_range(0..10) }).collect()
}

fn text_of(digits: &[u32]) -> String {
    digits.iter().filter_map(|d| char::from_digit(*d, 10)).collect()
}

/// Weights 8 to 2, modulo 11; a remainder of zero has no check digit.
fn slovenian_check(body: &[u32]) -> Option<u32> {
    let sum: u32 = body.iter().zip((2..=8).rev()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        11 => None,
        10 => Some(0),
        check => Some(check),
    }
}

/// ISO 7064, MOD 11,10: Croatian and German numbers.
fn iso_7064_check(body: &[u32]) -> u32 {
    let product = body.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10
}

fn doubled(digit: u32) -> u32 {
    digit * 2 / 10 + digit * 2 % 10
}

fn austrian_check(body: &[u32]) -> u32 {
    let sum: u32 = body.iter().enumerate().map(|(at, d)| if at % 2 == 0 { *d } else { doubled(*d) }).sum();
    (10 - (sum + 4) % 10) % 10
}

fn luhn_check(body: &[u32]) -> u32 {
    let sum: u32 = body.iter().enumerate().map(|(at, d)| if at % 2 == 0 { *d } else { doubled(*d) }).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn numbers_made_here_are_valid_and_a_changed_digit_is_noticed() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for country in ["SI", "HR", "AT", "IT", "DE"] {
            for _ in 0..200 {
                let number = foreign(country, &mut rng);
                assert!(is_valid(&number), "{number}");
                let last = number.chars().last().unwrap().to_digit(10).unwrap();
                let wrong = format!("{}{}", &number[..number.len() - 1], (last + 1) % 10);
                assert!(!is_valid(&wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn publicly_known_numbers_are_accepted() {
        for number in ["SI50223054", "HR33392005961", "ATU13585627", "IT00743110157", "DE136695976"] {
            assert!(is_valid(number), "{number}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "S", "SI", "12345678", "SI1234567", "XX12345678", "ATX1234567", "čšž"] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
