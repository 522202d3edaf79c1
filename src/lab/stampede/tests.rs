//! The demo against theory, its goals, its rules and its bugs.
