//! A demo that fails must not take the program with it: what it does is done behind a guard, and what it
//! said when it failed is shown in its own frame.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDING: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does something with a demo. Whatever `act` was changing must not be used any more where it failed.
///
/// # Errors
/// What the demo said when it failed, with the place in the source where that is known.
pub fn guard<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDING.replace(true);
    SAID.with_borrow_mut(String::clear);
    let done = catch_unwind(AssertUnwindSafe(act));
    GUARDING.set(before);
    done.map_err(|payload| {
        let said = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned());
        let place = SAID.with_borrow_mut(std::mem::take);
        format!("{}{place}", said.unwrap_or_else(|| "it gave no reason".to_string()))
    })
}

/// Whether this thread does something behind the guard. A panic hook that ends the screen asks this first.
#[must_use]
pub fn guarding() -> bool {
    GUARDING.get()
}

/// Tells the guard where the failure is, for the message: a hook knows it, the guard does not.
pub fn failed_at(file: &str, line: u32) {
    SAID.set(format!(" ({file}:{line})"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_at_the_guard_and_says_why() {
        assert_eq!(guard(|| 7), Ok(7));
        let ring = 3;
        assert_eq!(guard(|| assert!(ring == 4, "no {ring}")), Err("no 3".to_string()));
        assert_eq!(guard(|| panic!("flat")), Err::<(), _>("flat".to_string()));
        assert!(!guarding());
        assert_eq!(guard(guarding), Ok(true));
        // A guard within a guard leaves the outer one standing.
        assert_eq!(guard(|| guard(|| panic!("in")).is_err() && guarding()), Ok(true));
    }
}
