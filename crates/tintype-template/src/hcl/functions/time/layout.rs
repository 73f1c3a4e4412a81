//! The layouts of `formatdate`: runs of one letter stand for parts of the moment, all else for itself.

use super::moment::{DAY_NAMES, MONTH_NAMES, Moment};

/// The moment in the layout. On failure: what is wrong with the layout.
pub(super) fn format(layout: &str, moment: &Moment) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(rest.get(1..).unwrap_or_default(), &mut out)?;
        } else if c.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(|&byte| char::from(byte) == c).count();
            let (run, after) = rest.split_at(length);
            out.push_str(&part(run, moment)?);
            rest = after;
        } else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(out)
}

/// Text up to the closing quote, two quotes standing for one. Nothing between the quotes stands for a quote, too.
fn quoted<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    if let Some(after) = text.strip_prefix('\'') {
        out.push('\'');
        return Ok(after);
    }
    let mut rest = text;
    loop {
        let (inside, after) = rest.split_once('\'').ok_or("a single quote in the layout is not closed")?;
        out.push_str(inside);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok(after),
        }
    }
}

fn part(run: &str, moment: &Moment) -> Result<String, String> {
    let name = |names: &[&str], index: i64| -> String {
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default().into()
    };
    let short = |name: String| name.chars().take(3).collect();
    let month = || name(&MONTH_NAMES, moment.month - 1);
    let weekday = || name(&DAY_NAMES, moment.weekday());
    let hour_of_twelve = (moment.hour + 11) % 12 + 1;
    let half = if moment.hour < 12 { "am" } else { "pm" };
    Ok(match run {
        "YYYY" => format!("{:04}", moment.year),
        "YY" => format!("{:02}", moment.year % 100),
        "MMMM" => month(),
        "MMM" => short(month()),
        "MM" => format!("{:02}", moment.month),
        "M" => moment.month.to_string(),
        "DD" => format!("{:02}", moment.day),
        "D" => moment.day.to_string(),
        "EEEE" => weekday(),
        "EEE" => short(weekday()),
        "hh" => format!("{:02}", moment.hour),
        "h" => moment.hour.to_string(),
        "HH" => format!("{hour_of_twelve:02}"),
        "H" => hour_of_twelve.to_string(),
        "AA" => half.to_uppercase(),
        "aa" => half.into(),
        "mm" => format!("{:02}", moment.minute),
        "m" => moment.minute.to_string(),
        "ss" => format!("{:02}", moment.second),
        "s" => moment.second.to_string(),
        "ZZZZZ" => moment.offset_text(":"),
        "ZZZZ" => moment.offset_text(""),
        "ZZZ" if moment.offset == 0 => "UTC".into(),
        "ZZZ" => moment.offset_text(""),
        "Z" if moment.offset == 0 => "Z".into(),
        "Z" => moment.offset_text(":"),
        other => {
            return Err(format!(
                "the layout has {other:?}, which is no part of a moment; text that stands for itself goes into single quotes"
            ));
        }
    })
}
