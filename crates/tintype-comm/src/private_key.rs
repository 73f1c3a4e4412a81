//! Whether a file holds a private key that can be used without a question. Only the wrapping is looked at: what is in it is found
//! out by whoever logs in with it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tintype_sdk::os_text;

/// No key is as long as this; the path may lead to a disk.
const LONGEST: u64 = 1 << 20;

/// Says why the file is no usable private key.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let named = |error: std::io::Error| format!("{}: {}", path.display(), os_text(&error));
    let about = std::fs::metadata(path).map_err(named)?;
    if about.is_dir() {
        return Err(format!("{} is a directory", path.display()));
    }
    if about.len() > LONGEST {
        return Err(format!("{} is too large for a key", path.display()));
    }
    let bytes = std::fs::read(path).map_err(named)?;
    check_pem(&String::from_utf8_lossy(&bytes))
}

fn check_pem(text: &str) -> Result<(), String> {
    let missing = || "there is no private key in PEM form in it".to_string();
    let mut lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let begin = lines.next().ok_or_else(missing)?;
    let label = begin.trim_start_matches("-----BEGIN ").trim_end_matches('-');
    if label.starts_with("CERTIFICATE") || label.contains("PUBLIC KEY") {
        return Err(format!("it holds a {}, a private key is needed", label.to_lowercase()));
    }
    if !label.ends_with("PRIVATE KEY") {
        return Err(missing());
    }
    let locked = || Err("the key is protected by a passphrase, which cannot be asked for".to_string());
    if label.starts_with("ENCRYPTED") {
        return locked();
    }
    let end = format!("-----END {label}-----");
    let (mut body, mut ended) = (String::new(), false);
    for line in lines {
        if line == end {
            ended = true;
            break;
        }
        if line.contains(':') {
            if line.contains("ENCRYPTED") {
                return locked();
            }
            continue;
        }
        body.push_str(line);
    }
    if !ended {
        return Err("the private key in it is cut off".into());
    }
    let key = STANDARD.decode(&body).map_err(|_| "the private key in it is damaged".to_string())?;
    if label == "OPENSSH PRIVATE KEY" {
        // A magic word, then the cipher's name with its length.
        let rest = key.strip_prefix(b"openssh-key-v1\0\0\0\0").ok_or("the private key in it is damaged")?;
        if !rest.starts_with(b"\x04none") {
            return locked();
        }
    }
    Ok(())
}
