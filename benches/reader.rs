//! What reading costs: Markdown to blocks, blocks to lines, a frame in a document of ten megabytes, and the colours
//! of code.
//!
//! The documents are made from our pages and sources (`shared/document.rs`), so every run measures the same text.
//! `docs/performance.md` has the figures and those of other programs (`benches/peers`); run it with
//! `cargo bench --bench reader`. `-- hostile` has the lines that grammars are slow with: what stands in the list of
//! languages has to stay far below the half second that a block may take.

mod shared;
#[path = "shared/document.rs"]
mod text;

use std::sync::{Arc, LazyLock};

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use shared::{Learner, act, key, press, start};
use sysdrill::app::{Action, Model, Start};
use sysdrill::config::theme::Colours;
use sysdrill::doc::{self, Layout, Syntaxes};
use sysdrill::library::Library;
use sysdrill::memory::Moment;
use sysdrill::ui;
use text::{Kind, document};

const MEGABYTE: usize = 1_000_000;
const WIDTH: u16 = 100;
const SIZE: (u16, u16) = (120, 40);

static SYNTAXES: LazyLock<Syntaxes> = LazyLock::new(Syntaxes::load);

fn main() {
    divan::main();
}

/// A document of 1 MB at 100 columns.
mod one_megabyte {
    use super::*;

    #[divan::bench(args = Kind::ALL, sample_count = 20, sample_size = 1)]
    fn parse(bencher: Bencher<'_, '_>, kind: Kind) {
        let text = document(kind, MEGABYTE);
        bencher.counter(BytesCount::of_str(&text)).bench(|| doc::parse(black_box(&text)));
    }

    #[divan::bench(args = Kind::ALL, sample_count = 20, sample_size = 1)]
    fn layout(bencher: Bencher<'_, '_>, kind: Kind) {
        let text = document(kind, MEGABYTE);
        let parsed = doc::parse(&text);
        let bencher = bencher.counter(BytesCount::of_str(&text));
        bencher.bench(|| doc::layout(black_box(&parsed), &Layout::new(WIDTH)));
    }

    #[divan::bench(args = Kind::ALL, sample_count = 20, sample_size = 1)]
    fn both(bencher: Bencher<'_, '_>, kind: Kind) {
        let text = document(kind, MEGABYTE);
        let bencher = bencher.counter(BytesCount::of_str(&text));
        bencher.bench(|| doc::layout(&doc::parse(black_box(&text)), &Layout::new(WIDTH)));
    }
}

/// A page of 10 MB in a window of 120x40.
mod ten_megabytes {
    use super::*;

    static LEARNER: LazyLock<Learner> = LazyLock::new(|| {
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a benchmark");
        let mut learner = Learner::studied_until(now);
        let folder = tempfile::tempdir().expect("the system has a directory for temporary files");
        let topics = folder.path().join("topics/distributed");
        std::fs::create_dir_all(&topics).expect("it is ours");
        let front = "+++\ntitle = \"Big\"\nsummary = \"Ten megabytes.\"\n+++\n";
        let page = format!("{front}{}", document(Kind::Mixed, 10 * MEGABYTE));
        std::fs::write(topics.join("big.md"), page).expect("it is ours");
        learner.library = Arc::new(Library::load(&[folder.path().to_path_buf()]));
        learner
    });

    fn opened() -> Model {
        let mut model = LEARNER.model(SIZE);
        start(&mut model, Start::Topic("big".into()));
        assert!(model.reader.open.is_some(), "the page is open");
        model
    }

    /// From a key to its frame.
    fn frames(bencher: Bencher<'_, '_>, mut model: Model, keys: &[&str]) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        let keys: Vec<_> = keys.iter().map(|name| key(name)).collect();
        let mut pressed = 0;
        bencher.bench_local(|| {
            let effects = act(&mut model, Action::Key(keys[pressed % keys.len()]));
            pressed += 1;
            buffer.reset();
            (effects, ui::draw(&model, Colours::True, &mut buffer))
        });
    }

    #[divan::bench(sample_count = 3, sample_size = 1)]
    fn open(bencher: Bencher<'_, '_>) {
        LazyLock::force(&LEARNER);
        bencher.bench_local(opened);
    }

    #[divan::bench(args = ["j", "d", "space", "]"], sample_count = 50, sample_size = 1)]
    fn scroll(bencher: Bencher<'_, '_>, by: &str) {
        frames(bencher, opened(), &[by]);
    }

    /// From the top to the bottom and back.
    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn ends(bencher: Bencher<'_, '_>) {
        frames(bencher, opened(), &["G", "g"]);
    }

    /// A letter of a word that is looked for, and its removal.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn search_letter(bencher: Bencher<'_, '_>) {
        let mut model = opened();
        press(&mut model, "/ v n o d");
        frames(bencher, model, &["e", "backspace"]);
    }

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn next_hit(bencher: Bencher<'_, '_>) {
        let mut model = opened();
        press(&mut model, "/ v n o d e enter");
        frames(bencher, model, &["n"]);
    }
}

/// The colours of code.
mod colours {
    use super::*;

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn load() -> Syntaxes {
        Syntaxes::load()
    }

    /// The first block of a language, with the compilation of its expressions.
    #[divan::bench(args = ["rust", "python", "json", "sql", "bash", "js"], sample_count = 10, sample_size = 1)]
    fn first_block(bencher: Bencher<'_, '_>, language: &str) {
        bencher
            .with_inputs(Syntaxes::load)
            .bench_refs(|syntaxes| syntaxes.colour(language, "if x == 1 { return \"a\"; } // b\n"));
    }

    /// Our own source, once its language is warm.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn rust(bencher: Bencher<'_, '_>) {
        let text = include_str!("../src/systems/hash_ring.rs");
        let _ = SYNTAXES.colour("rust", text);
        bencher.counter(BytesCount::of_str(text)).bench(|| SYNTAXES.colour("rust", black_box(text)));
    }

    /// Our own decks.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn toml(bencher: Bencher<'_, '_>) {
        let text = include_str!("../decks/distributed/consistent-hashing.toml");
        let _ = SYNTAXES.colour("toml", text);
        bencher.counter(BytesCount::of_str(text)).bench(|| SYNTAXES.colour("toml", black_box(text)));
    }
}

/// Lines of 500 bytes that make a grammar search: one that is read, and what the languages take for it.
mod hostile {
    use super::*;

    const LANGUAGES: [&str; 12] =
        ["rust", "go", "java", "python", "js", "ts", "c++", "c#", "sql", "yaml", "bash", "markdown"];

    #[divan::bench(args = LANGUAGES, sample_count = 5, sample_size = 1)]
    fn lines(bencher: Bencher<'_, '_>, language: &str) {
        let parts = ["(", "[a](", "\\\"", "____", "::", "<a ", "$(", "\"{", "a.", "'''", " \t", "日"];
        let lines: Vec<String> = parts.iter().map(|part| part.repeat(500 / part.len())).collect();
        let text = lines.join("\n");
        let _ = SYNTAXES.colour(language, &text);
        bencher.counter(BytesCount::of_str(&text)).bench(|| SYNTAXES.colour(language, black_box(&text)));
    }
}
