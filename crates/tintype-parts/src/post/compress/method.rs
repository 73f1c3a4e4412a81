//! How the name of an output says what is done.

/// A compressor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Algorithm {
    Gzip,
    Lz4,
    Bgzf,
    Xz,
    Bzip2,
}

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    /// A tar archive, compressed or not.
    Tar(Option<Algorithm>),
    /// A zip archive.
    Zip,
    /// One compressed file.
    Plain(Algorithm),
}

impl Algorithm {
    fn of_suffix(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "gz" => Self::Gzip,
            "lz4" => Self::Lz4,
            "bgzf" => Self::Bgzf,
            "xz" => Self::Xz,
            "bzip2" => Self::Bzip2,
            _ => return None,
        })
    }

    /// Its name on the screen.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Gzip => "pgzip",
            Self::Lz4 => "lz4",
            Self::Bgzf => "bgzf",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

impl Method {
    /// What the last two suffixes of `output`, or of `output.format`, say. Both are taken as they stand in the template.
    pub fn of(output: &str, format: &str) -> Self {
        let whole = if format.is_empty() { output.to_string() } else { format!("{output}.{format}") };
        // A suffix is what follows a dot, as far as it is of small letters and digits.
        let end = |text: &str| {
            text.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).unwrap_or(text.len())
        };
        let parts = whole.split('.').skip(1).map(|part| &part[..end(part)]);
        let suffixes: Vec<&str> = parts.filter(|suffix| !suffix.is_empty()).collect();
        match suffixes.as_slice() {
            [.., "tar"] => Self::Tar(None),
            [.., "zip"] => Self::Zip,
            [before @ .., last] => match Algorithm::of_suffix(last) {
                Some(algorithm) if before.last() == Some(&"tar") => Self::Tar(Some(algorithm)),
                Some(algorithm) => Self::Plain(algorithm),
                None => Self::Tar(Some(Algorithm::Gzip)),
            },
            [] => Self::Tar(Some(Algorithm::Gzip)),
        }
    }
}
