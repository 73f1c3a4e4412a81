//! Functions of time. The calendar is in [`moment`], the letters of `formatdate` in [`layout`]; layouts as Go and C have them come from the
//! Go template library, which legacy templates use, too.

mod layout;
mod moment;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};
use jiff::Timestamp;
use tintype_schema::GoDuration;

use super::args::{Result, text, whole};
use moment::{DAY_NAMES, MONTH_NAMES, Moment, Separator};

/// When the program began to ask: the legacy functions say the same moment all through a run.
static BEGAN: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);

pub(super) fn functions() -> Vec<Function> {
    LazyLock::force(&BEGAN);
    vec![
        Function::new("timestamp", Type::String, |_, _| {
            Ok(Value::string(Moment::from_unix(Timestamp::now().as_second()).to_string()))
        })
        .doc("The moment of the call, UTC, in RFC 3339 with whole seconds.")
        .examples(&[("length(timestamp())", "20")]),
        Function::new("formatdate", Type::String, |args, _| {
            let moment = Moment::parse(text(args, 1)?, Separator::T).map_err(|m| FunctionError::argument(1, m))?;
            let text = layout::format(text(args, 0)?, &moment).map_err(|m| FunctionError::argument(0, m))?;
            Ok(Value::string(text))
        })
        .doc(
            "A moment in another layout: YYYY YY year, MMMM MMM MM M month, DD D day, EEEE EEE weekday, hh h hour, HH H hour of \
             twelve, AA aa half of the day, mm m minute, ss s second, ZZZZZ ZZZZ ZZZ Z zone, 'text in quotes' as it is.",
        )
        .param("layout", Type::String)
        .param("moment", Type::String)
        .examples(&[
            (r#"formatdate("EEE, DD MMM YYYY HH:mm aa", "2031-07-04T15:05:03Z")"#, "Fri, 04 Jul 2031 03:05 pm"),
            (r#"formatdate("'at' hh 'o''clock' ZZZ", "2031-07-04T09:05:03Z")"#, "at 09 o'clock UTC"),
        ]),
        Function::new("timeadd", Type::String, |args, _| {
            let moment = Moment::parse(text(args, 0)?, Separator::T)?;
            let duration: GoDuration =
                text(args, 1)?.parse().map_err(|error| FunctionError::call(format!("{error}")))?;
            let later = moment.add_nanos(duration.nanos());
            Ok(Value::string(later.to_string()))
        })
        .doc("The moment that much later: 1h30m, -10m, 1.5h. The zone stays; a fraction of a second is dropped.")
        .param("moment", Type::String)
        .param("duration", Type::String)
        .examples(&[(
            r#"replace(timeadd("2031-07-04T09:05:03+02:00", "30m"), "T", " at ")"#,
            "2031-07-04 at 09:35:03+02:00",
        )]),
        Function::new("rfc3339_parse", parts_type("unix", Type::Number), |args, _| {
            let moment = Moment::parse(text(args, 0)?, Separator::TOrBlank).map_err(|m| FunctionError::argument(0, m))?;
            Ok(parts(&moment, "unix", Value::number(moment.unix())))
        })
        .doc("The parts of a moment in RFC 3339: year, month, day, hour, minute, second, month_name, weekday (Sunday is 0), weekday_name, year_day, iso_year, iso_week, unix.")
        .param("moment", Type::String)
        .examples(&[(r#"rfc3339_parse("2027-01-01T00:00:00Z").iso_week"#, "53")]),
        Function::new("unix_timestamp_parse", parts_type("rfc3339", Type::String), |args, _| {
            let seconds = whole(args, 0).map_err(|message| FunctionError::argument(0, message))?;
            let moment = Moment::from_unix(seconds);
            Ok(parts(&moment, "rfc3339", Value::string(moment.to_string())))
        })
        .doc("The parts of the moment that many seconds after the beginning of 1970, UTC: as rfc3339_parse, with rfc3339 in place of unix.")
        .param("seconds", Type::Number)
        .examples(&[("unix_timestamp_parse(1000000000).month_name", "September")]),
        Function::new("legacy_isotime", Type::String, |args, _| legacy(args, go_template::time::format))
            .doc("When the program began, UTC, in RFC 3339 or in a layout as Go has them (2006-01-02 15:04:05).")
            .variadic(Param::new("layout", Type::String))
            .examples(&[(r#"length(legacy_isotime("20060102150405"))"#, "14")]),
        Function::new("legacy_strftime", Type::String, |args, _| legacy(args, go_template::time::strftime))
            .doc("When the program began, UTC, in RFC 3339 or by the codes %Y %y %m %B %b %d %A %a %H %I %M %S %L %p %Z %z %%.")
            .variadic(Param::new("layout", Type::String))
            .examples(&[(r#"length(legacy_strftime("%Y-%m-%d"))"#, "10")]),
    ]
}

fn legacy(args: &[Value], format: fn(Timestamp, &str) -> String) -> Result<Value> {
    match args.len() {
        0 => Ok(Value::string(go_template::time::format(*BEGAN, go_template::time::RFC3339))),
        1 => Ok(Value::string(format(*BEGAN, text(args, 0)?))),
        _ => Err(FunctionError::call("at most one layout is taken")),
    }
}

/// The numbers among the parts.
const NUMBERS: [&str; 10] =
    ["year", "year_day", "day", "month", "weekday", "hour", "minute", "second", "iso_year", "iso_week"];

fn parts_type(other: &'static str, ty: Type) -> Type {
    let numbers = NUMBERS.into_iter().map(|name| (name, Type::Number));
    let names = ["month_name", "weekday_name"].into_iter().map(|name| (name, Type::String));
    Type::object(numbers.chain(names).chain([(other, ty)]))
}

fn parts(moment: &Moment, other: &'static str, value: Value) -> Value {
    let (iso_year, iso_week) = moment.iso_week();
    let numbers = [
        moment.year,
        moment.year_day(),
        moment.day,
        moment.month,
        moment.weekday(),
        moment.hour,
        moment.minute,
        moment.second,
        iso_year,
        iso_week,
    ];
    let name = |names: &[&str], index: i64| {
        Value::string(
            usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default(),
        )
    };
    let mut parts: BTreeMap<Arc<str>, Value> =
        NUMBERS.into_iter().zip(numbers).map(|(name, number)| (name.into(), Value::number(number))).collect();
    parts.insert("month_name".into(), name(&MONTH_NAMES, moment.month - 1));
    parts.insert("weekday_name".into(), name(&DAY_NAMES, moment.weekday()));
    parts.insert(other.into(), value);
    Value::object(parts)
}

/// A moment in RFC 3339 with whole seconds, if the text is one.
pub(super) fn normalised(text: &str) -> Option<String> {
    Moment::parse(text, Separator::T).ok().map(|moment| moment.to_string())
}
