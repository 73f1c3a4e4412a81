//! Functions of numbers.

use cty::{NotANumber, Number, Type, Value};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, elements, number, text, value, wanted, whole};

pub(super) fn functions() -> Vec<Function> {
    vec![
        unary("abs", Number::abs, "The number without its sign.", &[("abs(-0.25)", "0.25")]),
        unary("ceil", Number::ceil, "The least whole number that is not less.", &[("ceil(4.01)", "5"), ("ceil(-4.99)", "-4")]),
        unary("floor", Number::floor, "The greatest whole number that is not greater.", &[
            ("floor(4.99)", "4"),
            ("floor(-4.01)", "-5"),
        ]),
        Function::new("signum", Type::Number, |args, _| Ok(Value::number(whole(args, 0)?.signum())))
            .doc("-1, 0 or 1 as a whole number is negative, zero or positive.")
            .param("number", Type::Number)
            .examples(&[("signum(-3)", "-1"), ("signum(0)", "0")]),
        extreme("max", |a, b| a > b, "The greatest of the numbers.", &[("max(3, 9, 2)", "9"), ("max([1, 5, 3]...)", "5")]),
        extreme("min", |a, b| a < b, "The least of the numbers.", &[("min(3, 9, 2)", "2")]),
        Function::new("pow", Type::Number, |args, _| machine(float(args, 0)?.powf(float(args, 1)?)))
            .doc("A number to the power of another, with the precision of machines.")
            .param("base", Type::Number)
            .param("exponent", Type::Number)
            .examples(&[("pow(2, 10)", "1024"), ("pow(2, -2)", "0.25")]),
        Function::new("log", Type::Number, |args, _| {
            machine(float(args, 0)?.ln() / float(args, 1)?.ln())
        })
        .doc("The logarithm of a number to a base, with the precision of machines.")
        .param("number", Type::Number)
        .param("base", Type::Number)
        .examples(&[("log(8, 2)", "3"), ("log(1000, 10)", "2.9999999999999996")]),
        Function::new("parseint", Type::Number, parseint)
            .doc("The whole number that a text says in a base of 2 to 62. Up to base 36 the case of letters does not matter.")
            .takes(Param::new("text", Type::Dynamic))
            .param("base", Type::Number)
            .returns(|args| {
                let digits = value(args, 0)?;
                if *digits.ty() != Type::String {
                    return Err(FunctionError::argument(0, wanted("a string", digits)));
                }
                Ok(Type::Number)
            })
            .examples(&[(r#"parseint("ff", 16)"#, "255"), (r#"parseint("-101", 2)"#, "-5"), (r#"parseint("Z", 62)"#, "61")]),
        Function::new("sum", Type::Number, sum)
            .doc("The numbers of a list, set or tuple added up. There must be one at least.")
            .takes(Param::new("numbers", Type::list(Type::Number)))
            .examples(&[("sum([1, 2, 3.5])", "6.5"), ("sum([0.1, 0.2])", "0.3")]),
        Function::new("range", Type::list(Type::Number), range)
            .doc(
                "The numbers from the first (0 if not given) on, up to but without the second, in steps of the third (1 or -1 if \
                 not given). At most 1024.",
            )
            .variadic(Param::new("limits", Type::Number))
            .examples(&[
                ("jsonencode(range(3))", "[0,1,2]"),
                ("jsonencode(range(4, 1))", "[4,3,2]"),
                ("jsonencode(range(1, 10, 4))", "[1,5,9]"),
            ]),
    ]
}

fn unary(
    name: &'static str,
    apply: fn(&Number) -> Number,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    Function::new(name, Type::Number, move |args, _| Ok(Value::number(apply(number(args, 0)?))))
        .doc(doc)
        .param("number", Type::Number)
        .examples(examples)
}

fn extreme(
    name: &'static str,
    better: fn(&Number, &Number) -> bool,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    let body = move |args: &[Value], _: &CallCx<'_>| {
        let mut best = None;
        for index in 0..args.len() {
            let candidate = number(args, index)?;
            if best.is_none_or(|best| better(candidate, best)) {
                best = Some(candidate);
            }
        }
        let best = best.ok_or_else(|| FunctionError::call("at least one number is required"))?;
        Ok(Value::number(best.clone()))
    };
    Function::new(name, Type::Number, body)
        .doc(doc)
        .variadic(Param::new("numbers", Type::Number))
        .examples(examples)
}

/// The machine's nearest number; one so large that none is near is refused.
fn float(args: &[Value], index: usize) -> Result<f64> {
    let number = number(args, index)?;
    let float = number.to_f64();
    if float.is_infinite() && !number.is_infinite() {
        return Err(FunctionError::call("a number is too large to calculate with the precision of machines"));
    }
    Ok(float)
}

fn machine(result: f64) -> Result<Value> {
    Number::from_f64(result).map(Value::number).ok_or_else(not_a_number)
}

fn not_a_number() -> FunctionError {
    FunctionError::call(NotANumber.to_string())
}

fn parseint(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let base = whole(args, 1).map_err(|message| FunctionError::argument(1, message))?;
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=62).contains(base))
        .ok_or_else(|| FunctionError::argument(1, "a base must be from 2 to 62"))?;
    let digits = text(args, 0)?;
    Number::parse_integer(digits, base)
        .map(Value::number)
        .ok_or_else(|| FunctionError::argument(0, format!("{digits:?} is not a whole number in base {base}")))
}

fn sum(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let numbers = elements(args, 0)?;
    if numbers.is_empty() {
        return Err(FunctionError::argument(0, "at least one number is required"));
    }
    let mut total = None;
    for (index, element) in numbers.iter().enumerate() {
        if !element.is_known() {
            return Ok(Value::unknown_not_null(Type::Number));
        }
        let number = element
            .as_number()
            .ok_or_else(|| FunctionError::argument(0, format!("element {index} is null")))?;
        total = Some(match total {
            None => number.clone(),
            Some(total) => number.add(&total).map_err(|_| not_a_number())?,
        });
    }
    Ok(Value::number(total.unwrap_or(Number::ZERO)))
}

/// More than this many numbers are taken for a mistake.
const MAX_RANGE: usize = 1024;

fn range(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let one = |negative: bool| Number::from(if negative { -1 } else { 1 });
    let (start, end, step) = match args.len() {
        1 => (Number::ZERO, number(args, 0)?.clone(), one(number(args, 0)?.is_negative())),
        2 => {
            let (start, end) = (number(args, 0)?, number(args, 1)?);
            (start.clone(), end.clone(), one(end < start))
        }
        3 => (number(args, 0)?.clone(), number(args, 1)?.clone(), number(args, 2)?.clone()),
        _ => {
            return Err(FunctionError::call(
                "one, two or three numbers are required: the end; start and end; start, end and step",
            ));
        }
    };
    if step > Number::ZERO && end < start {
        return Err(FunctionError::argument(
            1,
            "the end must not be less than the start when the step is positive",
        ));
    }
    if step < Number::ZERO && end > start {
        return Err(FunctionError::argument(
            1,
            "the end must not be greater than the start when the step is negative",
        ));
    }
    let mut numbers = Vec::new();
    let mut next = start;
    while if step.is_negative() { next > end } else { next < end } {
        if numbers.len() == MAX_RANGE {
            return Err(FunctionError::call(format!(
                "more than {MAX_RANGE} numbers; the step is too small for the range"
            )));
        }
        numbers.push(Value::number(next.clone()));
        next = next.add(&step).map_err(|_| not_a_number())?;
    }
    Ok(Value::list(Type::Number, numbers))
}
