//! Room for recursion. Trees are up to [`MAX_DEPTH`](crate::MAX_DEPTH) high, which can be more than the stack we are called
//! on holds: a thread of a pool has 2 MiB, the main thread of Windows 1 MiB, and an unoptimised build uses up to 10 KiB a
//! level. So every [`LEVELS`] levels the work goes on on a stack of its own. Real texts never come so deep.

use std::thread;

/// How many levels may be done on one stack.
pub(crate) const LEVELS: u32 = 50;

/// Enough for them, of the most wasteful kind. It is only reserved; what is not used costs nothing.
const SIZE: usize = 4 << 20;

/// Does the work on a stack of its own; `None` when the system has no thread to give.
pub(crate) fn fresh<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, work).ok()?;
        match worker.join() {
            Ok(result) => Some(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
