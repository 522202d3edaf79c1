//! What holds for every page, whatever text it was made of. Used by the tests and by the fuzz target.

use sysdrill::doc::{self, Document, Layout, Line, LongCode, Page};
use unicode_width::UnicodeWidthStr as _;

/// Lays a document out with long lines of code broken, so that all its text is there.
pub fn page(document: &Document, width: u16) -> Page {
    doc::layout(document, &Layout { long_code: LongCode::Break, ..Layout::new(width) })
}

/// Panics where a page breaks a law: a line wider than the page, a character that acts on a terminal or on
/// the order of text, a place outside the page.
pub fn hold(document: &Document, width: u16) {
    let page = page(document, width);
    let most = usize::from(width.max(1));
    for text in page.lines.iter().map(Line::text) {
        assert!(text.width() <= most, "{text:?} is wider than {most}");
        assert!(!text.contains(acts), "{text:?} at {width}");
    }
    assert_eq!(page.source.len(), page.lines.len());
    assert_eq!(page.headings.len(), document.headings.len(), "all folds are open");
    assert_eq!(page.notes.len(), document.footnotes.len());
    for reach in page.links.iter().flat_map(|link| &link.places) {
        assert!(reach.start <= reach.end && reach.end <= most && reach.line < page.lines.len());
    }
    // A fence that is opened in the last line shows code that would stand in the next one.
    let last = document.last_line + 1;
    assert!(page.source.iter().all(|line| (1..=last).contains(line)), "lines are those of the file");
    assert_eq!(page.folds.len(), document.details().count());
    let sections: usize = document.sections().iter().map(|section| section.words).sum();
    assert!(sections <= document.words());
}

/// Written out from the Unicode character database: general categories Cc, Zl and Zp, property Bidi_Control.
fn acts(c: char) -> bool {
    c < ' '
        || matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}
