//! The operators of the language over values: operands are converted as the language converts them, unknown operands give unknown results,
//! and the marks of all operands stay on the result. Text for a diagnostic comes out; where it points is for the evaluator.

use std::fmt;

use crate::{Marks, NotANumber, Number, Type, Value, convert};

/// Which operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one before the operator, or the only one.
    Left,
    /// The one after it.
    Right,
}

/// Why an operator has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpError {
    /// An operand is of the wrong type ("Invalid operand").
    Operand {
        /// Which one.
        side: Side,
        /// What is wrong with it, a phrase.
        message: String,
    },
    /// The operation as such failed ("Operation failed").
    Failed(String),
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpError::Operand { message, .. } | OpError::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for OpError {}

impl From<NotANumber> for OpError {
    fn from(error: NotANumber) -> OpError {
        OpError::Failed(error.to_string())
    }
}

type Result<T> = std::result::Result<T, OpError>;

fn operand(value: &Value, ty: &Type, side: Side) -> Result<Value> {
    convert(value, ty).map_err(|error| OpError::Operand { side, message: error.to_string() })
}

fn not_null(value: &Value) -> Result<()> {
    if value.is_null() { Err(OpError::Failed("argument must not be null".into())) } else { Ok(()) }
}

/// Two operands of a numeric operator; `None` if one is unknown.
fn numbers(left: &Value, right: &Value) -> Result<(Marks, Option<(Number, Number)>)> {
    let left = operand(left, &Type::Number, Side::Left)?;
    let right = operand(right, &Type::Number, Side::Right)?;
    not_null(&left)?;
    not_null(&right)?;
    let marks = left.marks().union(right.marks());
    let numbers = match (left.as_number(), right.as_number()) {
        (Some(left), Some(right)) => Some((left.clone(), right.clone())),
        _ => None,
    };
    Ok((marks, numbers))
}

fn arithmetic(
    left: &Value,
    right: &Value,
    apply: fn(&Number, &Number) -> std::result::Result<Number, NotANumber>,
) -> Result<Value> {
    let (marks, numbers) = numbers(left, right)?;
    let result = match numbers {
        Some((left, right)) => Value::number(apply(&left, &right)?),
        None => Value::unknown_not_null(Type::Number),
    };
    Ok(result.with_marks(&marks))
}

fn comparison(left: &Value, right: &Value, test: fn(&Number, &Number) -> bool) -> Result<Value> {
    let (marks, numbers) = numbers(left, right)?;
    let result = match numbers {
        Some((left, right)) => Value::bool(test(&left, &right)),
        None => Value::unknown_not_null(Type::Bool),
    };
    Ok(result.with_marks(&marks))
}

/// `left + right`
pub fn add(left: &Value, right: &Value) -> Result<Value> {
    arithmetic(left, right, Number::add)
}

/// `left - right`
pub fn subtract(left: &Value, right: &Value) -> Result<Value> {
    arithmetic(left, right, Number::sub)
}

/// `left * right`
pub fn multiply(left: &Value, right: &Value) -> Result<Value> {
    arithmetic(left, right, Number::mul)
}

/// `left / right`
pub fn divide(left: &Value, right: &Value) -> Result<Value> {
    arithmetic(left, right, Number::div)
}

/// `left % right`
pub fn modulo(left: &Value, right: &Value) -> Result<Value> {
    arithmetic(left, right, Number::rem)
}

/// `-value`
pub fn negate(value: &Value) -> Result<Value> {
    let value = operand(value, &Type::Number, Side::Left)?;
    not_null(&value)?;
    let result = match value.as_number() {
        Some(number) => Value::number(number.neg()),
        None => Value::unknown_not_null(Type::Number),
    };
    Ok(result.with_marks(value.marks()))
}

/// `left < right`
pub fn less(left: &Value, right: &Value) -> Result<Value> {
    comparison(left, right, |left, right| left < right)
}

/// `left <= right`
pub fn less_or_equal(left: &Value, right: &Value) -> Result<Value> {
    comparison(left, right, |left, right| left <= right)
}

/// `left > right`
pub fn greater(left: &Value, right: &Value) -> Result<Value> {
    comparison(left, right, |left, right| left > right)
}

/// `left >= right`
pub fn greater_or_equal(left: &Value, right: &Value) -> Result<Value> {
    comparison(left, right, |left, right| left >= right)
}

/// `left == right`; see [`Value::equals`].
pub fn equal(left: &Value, right: &Value) -> Value {
    left.equals(right)
}

/// `left != right`
pub fn not_equal(left: &Value, right: &Value) -> Value {
    let equal = left.equals(right);
    match equal.as_bool() {
        Some(equal_known) => Value::bool(!equal_known).with_marks(equal.marks()),
        None => equal,
    }
}

/// `!value`
pub fn not(value: &Value) -> Result<Value> {
    let value = operand(value, &Type::Bool, Side::Left)?;
    not_null(&value)?;
    let result = match value.as_bool() {
        Some(known) => Value::bool(!known),
        None => Value::unknown_not_null(Type::Bool),
    };
    Ok(result.with_marks(value.marks()))
}

/// `left && right`. A false on either side decides, and so does a null.
pub fn and(left: &Value, right: &Value) -> Result<Value> {
    let left = operand(left, &Type::Bool, Side::Left)?;
    let right = operand(right, &Type::Bool, Side::Right)?;
    let decided = |value: &Value| value.is_null() || value.as_bool() == Some(false);
    let result = if decided(&left) || decided(&right) {
        Value::bool(false)
    } else if left.is_known() && right.is_known() {
        Value::bool(true)
    } else {
        Value::unknown_not_null(Type::Bool)
    };
    Ok(result.with_marks(&left.marks().union(right.marks())))
}

/// `left || right`. A true on either side decides.
pub fn or(left: &Value, right: &Value) -> Result<Value> {
    let left = operand(left, &Type::Bool, Side::Left)?;
    let right = operand(right, &Type::Bool, Side::Right)?;
    let result = if left.as_bool() == Some(true) || right.as_bool() == Some(true) {
        Value::bool(true)
    } else {
        not_null(&left)?;
        not_null(&right)?;
        if left.is_known() && right.is_known() {
            Value::bool(false)
        } else {
            Value::unknown_not_null(Type::Bool)
        }
    };
    Ok(result.with_marks(&left.marks().union(right.marks())))
}
