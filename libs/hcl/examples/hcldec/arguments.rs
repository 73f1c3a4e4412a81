//! The command line: long and short options, values behind `=` or a blank, files anywhere between them.

/// What the command line asks for.
#[derive(Default)]
pub struct Arguments {
    /// The specification file.
    pub spec: String,
    /// Where the result goes; standard output when nothing is said.
    pub out: Option<String>,
    /// Variables: JSON objects or file names, in order.
    pub variables: Vec<String>,
    /// Whether diagnostics are written as JSON.
    pub json_diagnostics: bool,
    /// Whether nulls stay in objects.
    pub keep_nulls: bool,
    /// Whether the type of the result is written, too.
    pub with_type: bool,
    /// Whether what the files refer to is written, in place of their value.
    pub var_refs: bool,
    /// The input files.
    pub files: Vec<String>,
}

/// What became of the command line.
pub enum Parsed {
    /// There is work to do.
    Run(Arguments),
    /// There is only something to say.
    Say(String),
    /// It is wrong: what to say, and the exit code.
    Wrong(String, u8),
}

const USAGE: &str = "usage: hcldec --spec=FILE [options] [FILE ...]
      --diags FORMAT   write diagnostics in this format; there is json only
      --keep-nulls     keep properties of objects that are null
  -o, --out FILE       write to this file, not to standard output
  -s, --spec FILE      the specification (required)
      --var-refs       write which variables the input refers to, not what it says
  -V, --vars VARS      variables: a JSON object, or a file that sets them
  -v, --version        show the version
      --with-type      write the type of the result, too
";

/// Reads the command line.
pub fn parse(arguments: &[String]) -> Parsed {
    let mut found = Arguments::default();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if word == "--" {
            found.files.extend(rest.map(str::to_owned));
            break;
        }
        let (name, mut value) = match word.strip_prefix("--") {
            Some(long) => long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))),
            None => match word.strip_prefix('-').filter(|short| !short.is_empty()) {
                Some(short) => {
                    let (name, value) = short.split_at(short.chars().next().map_or(0, char::len_utf8));
                    let value = value.strip_prefix('=').unwrap_or(value);
                    let long = match name {
                        "s" => "spec",
                        "o" => "out",
                        "V" => "vars",
                        "v" => "version",
                        "h" => "help",
                        _ => return wrong(&format!("there is no option -{name}")),
                    };
                    (long, Some(value).filter(|value| !value.is_empty()))
                }
                None => {
                    found.files.push(word.to_owned());
                    continue;
                }
            },
        };
        match name {
            "keep-nulls" | "var-refs" | "with-type" => {
                let on = match value {
                    None | Some("true" | "1") => true,
                    Some("false" | "0") => false,
                    Some(_) => return wrong(&format!("--{name} is true or false")),
                };
                match name {
                    "keep-nulls" => found.keep_nulls = on,
                    "var-refs" => found.var_refs = on,
                    _ => found.with_type = on,
                }
            }
            "version" => return Parsed::Say(format!("{}\n", env!("CARGO_PKG_VERSION"))),
            "help" => return Parsed::Say(USAGE.to_owned()),
            "diags" | "out" | "spec" | "vars" => {
                let Some(value) = value.take().or_else(|| rest.next()) else {
                    return wrong(&format!("--{name} needs a value"));
                };
                match name {
                    "diags" if value == "json" => found.json_diagnostics = true,
                    "diags" => {
                        return wrong(&format!("there is no format {value:?} for diagnostics; json is one"));
                    }
                    "out" => found.out = Some(value.to_owned()),
                    "spec" => found.spec = value.to_owned(),
                    _ => found.variables.push(value.to_owned()),
                }
            }
            _ => return wrong(&format!("there is no option --{name}")),
        }
    }
    if found.spec.is_empty() {
        return Parsed::Wrong("Error: --spec is missing: it names the specification\n".to_owned(), 1);
    }
    Parsed::Run(found)
}

fn wrong(why: &str) -> Parsed {
    Parsed::Wrong(format!("Error: {why}\n{USAGE}"), 2)
}
