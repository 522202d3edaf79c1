//! Everything one can do, as data: the key map, the footer, the `?` help, the palette and the README's
//! table come from this one list, so they cannot disagree.

use crate::memory::Grade;

pub use super::context::Context;

mod does;
mod row;

pub use does::Do;
pub use row::Command;

use row::command;

use super::Tab;

use Context as C;

/// All commands. The order is the order of the help and of the footer.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    command(&[C::Today], "today.start", &["enter"], Do::Start, Some("start"), "Start with what is due, or read on"),
    command(&[C::Today], "today.read", &["r"], Do::ReadOn, Some("read on"), "Go on where reading stopped"),
    command(&[C::Today], "today.next", &["n"], Do::NextTopic, Some("next"), "Open the next topic on the path"),
    command(&[C::Today], "today.bet", &["B"], Do::Bet, Some("bet"), "Take the bet: a number before its demo runs"),
    command(&[C::Decks], "decks.open", &["enter"], Do::Enter, Some("start"), "Ask what is due, or the deck's cards"),
    command(&[C::Today, C::Decks], "today.minutes", &["t"], Do::Minutes, Some("timed"), "I have so many minutes: cards, a section, its demo, and the end on time"),
    command(&[C::Today], "today.plan", &["p"], Do::Plan, Some("plan"), "The plan up to the date of the interview"),
    command(&[C::Today], "today.ease", &["o"], Do::Ease, Some("spread"), "Spread the backlog over days, most at risk first"),
    command(&[C::Today], "today.leave-backlog", &["O"], Do::LeaveBacklog, None, "Leave the backlog as it is, and do not ask for a week"),
    command(&[C::Today, C::Decks], "today.quiz", &["i"], Do::Quiz, Some("quiz"), "An interview quiz: timed, mixed, a score by topic"),
    command(&[C::Today, C::Decks], "today.undo", &["u"], Do::Undo, None, "Take the last answer, mark or edit back, also one of an earlier day"),

    command(&[C::First], "first.choose", &["enter"], Do::Enter, Some("take it"), "Take the chosen answer; a letter does too"),
    command(&[C::First], "first.down", &["j", "down"], Do::Down, Some("down"), "The next answer"),
    command(&[C::First], "first.up", &["k", "up"], Do::Up, None, "The answer before"),
    command(&[C::First], "first.skip", &["esc"], Do::Skip, Some("skip all"), "Skip these questions; the palette asks them again"),

    command(&[C::Plan], "plan.aims", &["e", "enter"], Do::Aims, Some("change"), "Change the date, the level, the minutes a day"),

    command(&[C::Form], "form.go", &["enter"], Do::Enter, Some("go"), "Do what the form is for"),
    command(&[C::Form], "form.down", &["j", "down", "tab"], Do::Down, Some("row"), "The next row"),
    command(&[C::Form], "form.up", &["k", "up", "backtab"], Do::Up, None, "The row before"),
    command(&[C::Form], "form.right", &["l", "right", "space"], Do::Right, Some("change"), "The next value; digits type a number"),
    command(&[C::Form], "form.left", &["h", "left"], Do::Left, None, "The value before"),
    command(&[C::Form], "form.close", &["esc", "q"], Do::Leave, Some("close"), "Close"),

    command(&[C::FormText], "form.text.go", &["enter"], Do::Enter, Some("go"), "Do what the form is for"),
    command(&[C::FormText], "form.text.down", &["down", "tab"], Do::Down, Some("row"), "The next row"),
    command(&[C::FormText], "form.text.up", &["up", "backtab"], Do::Up, None, "The row before"),
    command(&[C::FormText], "form.text.close", &["esc"], Do::Leave, Some("close"), "Close"),

    command(&[C::Decks], "decks.new", &["n"], Do::NewCard, Some("new card"), "A new card of your own: the few things it needs, then the editor"),
    command(&[C::Decks], "decks.choose", &["f"], Do::Choose, Some("choose cards"), "A session of chosen cards: topics, weight, flagged, missed, leeches, kinds"),
    command(&[C::Decks], "decks.aside", &["s"], Do::AsideList, Some("set aside"), "Cards that are suspended, buried, flagged or leeches"),
    command(&[C::Aside], "aside.back", &["x"], Do::BringBack, Some("bring back"), "Bring the card back, or take its mark off"),
    command(&[C::Aside], "aside.edit", &["e"], Do::Edit, Some("edit"), "Open the card in the editor"),
    command(&[C::Aside], "aside.suspend", &["@"], Do::SuspendCard, None, "Suspend the card: it is not asked until it is brought back"),
    command(&[C::Aside], "aside.page", &["enter"], Do::Enter, Some("page"), "Open the page behind the card"),
    command(&[C::Aside], "aside.close", &["esc", "s"], Do::Leave, None, "Back to the decks"),

    command(&[C::Study], "study.on", &["alt-n"], Do::StudyOn, Some("go on"), "On to the next part of the timed session"),

    command(&[C::Demo], "lab.play", &["space"], Do::Play, Some("play/pause"), "Play or pause"),
    command(&[C::Demo], "lab.step", &["."], Do::Step, Some("step"), "Make the next event happen"),
    command(&[C::Demo], "lab.control.next", &["j", "down"], Do::NextControl, Some("control"), "The next control"),
    command(&[C::Demo], "lab.control.previous", &["k", "up"], Do::PreviousControl, None, "The previous control"),
    command(&[C::Demo], "lab.less", &["h", "left"], Do::Less, Some("less"), "The control's value down"),
    command(&[C::Demo], "lab.more", &["l", "right"], Do::More, Some("more"), "The control's value up"),
    command(&[C::Demo], "lab.hands", &["t"], Do::Hands, Some("by hand"), "Lay hands on a thing: crash a node, drop a message"),
    command(&[C::Demo], "lab.view", &["v"], Do::View, Some("view"), "Another way to look at it"),
    command(&[C::Demo], "lab.bet", &["B"], Do::Bet, Some("bet"), "Bet on a reading before the run"),
    command(&[C::Demo], "lab.rewind", &["["], Do::Rewind, Some("rewind"), "Back a twentieth of the run; what was set later happens again, unless something is set"),
    command(&[C::Demo], "lab.forward", &["]"], Do::Forward, Some("forward"), "Forward a twentieth of the run"),
    command(&[C::Demo], "lab.slower", &["<"], Do::Slower, Some("slower"), "Slower: 1000, 500, 200, 100, ... 0.1 times real time"),
    command(&[C::Demo], "lab.faster", &[">"], Do::Faster, Some("faster"), "Faster: 0.1, 0.2, 0.5, 1, ... 1000 times real time"),
    command(&[C::Demo], "lab.reset", &["R"], Do::Reset, Some("reset"), "From the start, with the controls as they stand"),
    command(&[C::Demo], "lab.arrivals", &["a"], Do::Reseed, Some("other arrivals"), "From the start with the next seed: other arrivals, other luck"),
    command(&[C::Demo], "lab.fork", &["F"], Do::Fork, Some("fork"), "Fork here: two runs side by side, on the same arrivals; again: this one alone"),
    command(&[C::Demo], "lab.other", &["x"], Do::OtherRun, None, "The keys to the other run of a fork"),
    command(&[C::Demo], "lab.seeds", &["D"], Do::Sweep, Some("200 seeds"), "200 seeds instead of one: how the readings are spread; Esc stops it"),
    command(&[C::Demo], "lab.undo", &["u"], Do::Undo, None, "The run before the last act by hand, reset, change of seed, or change of the past"),
    command(&[C::Demo], "lab.look", &["i"], Do::LookFor, Some("what to look for"), "What to look for"),
    command(&[C::Demo], "lab.source", &["s"], Do::Source, Some("source"), "The source of the implementation; again: the next file"),
    command(&[C::Demo], "lab.script", &["w"], Do::WriteScript, None, "Write the run as a script for `sysdrill demo --script`"),
    command(&[C::Demo, C::DemoList], "lab.page", &["p"], Do::TopicPage, Some("page"), "The page of its topic"),
    command(&[C::Demo], "lab.full", &["f"], Do::FullScreen, None, "Full screen, and back to the page"),

    command(&[C::DemoList], "lab.filter", &["f"], Do::Filter, Some("filter"), "Show only the demos whose name, question or topics match"),
    command(&[C::DemoList], "lab.catalogue", &["c"], Do::Catalogue, Some("by topic"), "The catalogue: topics with their demos; again: the demos"),
    command(&[C::DemoFilter], "lab.filter.open", &["enter"], Do::Enter, Some("open"), "Open the chosen demo"),
    command(&[C::DemoFilter], "lab.filter.down", &["down", "ctrl-n", "tab"], Do::Down, Some("down"), "The next demo"),
    command(&[C::DemoFilter], "lab.filter.up", &["up", "ctrl-p", "backtab"], Do::Up, None, "The previous demo"),
    command(&[C::DemoFilter], "lab.filter.leave", &["esc"], Do::Leave, Some("back to all"), "All demos again"),

    command(&[C::DemoHands], "lab.hands.do", &["enter"], Do::Enter, Some("do it"), "Do what is marked to the chosen thing"),
    command(&[C::DemoHands], "lab.hands.down", &["j", "down"], Do::Down, Some("thing"), "The next thing"),
    command(&[C::DemoHands], "lab.hands.up", &["k", "up"], Do::Up, None, "The previous thing"),
    command(&[C::DemoHands], "lab.hands.right", &["l", "right"], Do::Right, Some("act"), "Another act"),
    command(&[C::DemoHands], "lab.hands.left", &["h", "left"], Do::Left, None, "The act before"),
    command(&[C::DemoHands], "lab.hands.top", &["g", "home"], Do::Top, None, "The first thing"),
    command(&[C::DemoHands], "lab.hands.bottom", &["G", "end"], Do::Bottom, None, "The last thing"),
    command(&[C::DemoHands], "lab.hands.close", &["esc"], Do::Leave, Some("close"), "The picture alone"),

    command(&[C::DemoPanel], "lab.panel.down", &["j", "down"], Do::Down, Some("down"), "Down: a line of the source, a reading"),
    command(&[C::DemoPanel], "lab.panel.up", &["k", "up"], Do::Up, None, "Up"),
    command(&[C::DemoPanel], "lab.panel.half-down", &["d", "ctrl-d"], Do::HalfDown, None, "Half a screen down"),
    command(&[C::DemoPanel], "lab.panel.half-up", &["u", "ctrl-u"], Do::HalfUp, None, "Half a screen up"),
    command(&[C::DemoPanel], "lab.panel.page-down", &["space", "pagedown"], Do::PageDown, None, "A screen down"),
    command(&[C::DemoPanel], "lab.panel.page-up", &["b", "pageup"], Do::PageUp, None, "A screen up"),
    command(&[C::DemoPanel], "lab.panel.top", &["g", "home"], Do::Top, None, "To the top"),
    command(&[C::DemoPanel], "lab.panel.bottom", &["G", "end"], Do::Bottom, None, "To the bottom"),
    command(&[C::DemoPanel], "lab.panel.left", &["h", "left"], Do::Left, None, "Pan the source to the left"),
    command(&[C::DemoPanel], "lab.panel.right", &["l", "right"], Do::Right, None, "Pan the source to the right"),
    command(&[C::DemoPanel], "lab.panel.close", &["esc"], Do::Leave, Some("the picture"), "Back to the picture; a sweep that goes on stops first"),

    command(&[C::Gaps], "gaps.enter", &["enter"], Do::Enter, Some("next"), "The next gap; on the last: check the answer"),
    command(&[C::Gaps], "gaps.next", &["tab", "down"], Do::NextPart, Some("next gap"), "The next gap"),
    command(&[C::Gaps], "gaps.previous", &["backtab", "up"], Do::PreviousPart, None, "The gap before"),
    command(&[C::Gaps], "gaps.leave", &["esc"], Do::Leave, Some("leave"), "Leave the text"),
    command(&[C::Essay], "essay.done", &["tab"], Do::NextPart, Some("show the points"), "Show the points that an answer has, to tick them"),
    command(&[C::Essay], "essay.line", &["enter"], Do::NewLine, Some("new line"), "A new line; where nothing is written: show the points"),
    command(&[C::Essay], "essay.leave", &["esc"], Do::LeaveText, Some("leave"), "Leave the text; it stays, and `i` goes on with it"),

    command(&[C::Arrange], "order.check", &["enter"], Do::Reveal, Some("check"), "Check the order"),
    command(&[C::Arrange], "order.move-down", &["J", "shift-down", "alt-down"], Do::MoveDown, Some("move"), "The item a place down; a digit puts it at its place"),
    command(&[C::Arrange], "order.move-up", &["K", "shift-up", "alt-up"], Do::MoveUp, None, "The item a place up"),
    command(&[C::Arrange], "order.hold", &["space"], Do::Hold, Some("in hand"), "Take the item in hand, so that it moves with the cursor, or let go of it"),
    command(&[C::Arrange], "order.down", &["j", "down"], Do::Down, None, "The next item; a letter goes to its item"),
    command(&[C::Arrange], "order.up", &["k", "up"], Do::Up, None, "The item before"),

    command(&[C::Pair], "pair.check", &["enter"], Do::Enter, Some("check"), "Check the pairs; on the right: join with the chosen one on the left"),
    command(&[C::Pair], "pair.side", &["tab", "left", "right"], Do::OtherSide, Some("other side"), "The cursor to the other side"),
    command(&[C::Pair], "pair.join", &["space"], Do::Hold, None, "To the right; there: join with the chosen one on the left. A digit joins at once"),
    command(&[C::Pair], "pair.clear", &["backspace", "x"], Do::Clear, None, "Part the pair again"),
    command(&[C::Pair], "pair.down", &["j", "down"], Do::Down, None, "The next one; a letter goes to its text on the left"),
    command(&[C::Pair], "pair.up", &["k", "up"], Do::Up, None, "The one before"),

    command(&[C::Class], "class.check", &["enter"], Do::Enter, Some("check"), "Check what is sorted; a digit or a class's first letter sorts the item"),
    command(&[C::Class], "class.down", &["j", "down"], Do::Down, Some("item"), "The next item"),
    command(&[C::Class], "class.up", &["k", "up"], Do::Up, None, "The item before"),
    command(&[C::Class], "class.next", &["space"], Do::Hold, None, "The next class for this item"),
    command(&[C::Class], "class.right", &["right", "l"], Do::Right, None, "The class to the right"),
    command(&[C::Class], "class.left", &["left"], Do::Left, None, "The class to the left"),
    command(&[C::Class], "class.clear", &["backspace", "x"], Do::Clear, None, "No class"),

    command(&[C::Point], "point.check", &["enter"], Do::Enter, Some("this line"), "This is the wrong line; where several are wrong: check those that are marked"),
    command(&[C::Point], "point.mark", &["space"], Do::Hold, Some("mark"), "Mark the line as wrong, or not; where one is wrong: point at it"),
    command(&[C::Point], "point.down", &["j", "down"], Do::Down, Some("line"), "The next line"),
    command(&[C::Point], "point.up", &["k", "up"], Do::Up, None, "The line before"),
    command(&[C::Point], "point.top", &["g", "home"], Do::Top, None, "The first line"),
    command(&[C::Point], "point.bottom", &["G", "end"], Do::Bottom, None, "The last line"),

    command(&[C::Tick], "tick.tick", &["space"], Do::Hold, None, "Tick the point or not; its letter does too. The grade follows"),
    command(&[C::Tick], "tick.down", &["j", "down"], Do::Down, None, "The next point"),
    command(&[C::Tick], "tick.up", &["k", "up"], Do::Up, None, "The point before"),

    command(&[C::Question], "drill.show", &["enter", "space"], Do::Reveal, Some("show the answer"), "Show the answer; a letter picks an option"),
    command(&[C::Question], "drill.hint", &["h", "alt-h"], Do::Hint, Some("hint"), "Uncover the next hint; with one the answer is Hard at best"),
    command(&[C::Field, C::Gaps, C::Essay], "field.page-down", &["pagedown"], Do::PageDown, None, "The question a screen down"),
    command(&[C::Field, C::Gaps, C::Essay], "field.page-up", &["pageup"], Do::PageUp, None, "The question a screen up"),
    command(&[C::Verdict], "drill.accept", &["enter", "space"], Do::GradeProposed, Some("accept"), "Grade as proposed"),
    command(&[C::Verdict], "drill.again", &["1"], Do::Grade(Grade::Again), None, "Again: I did not know it"),
    command(&[C::Verdict], "drill.hard", &["2"], Do::Grade(Grade::Hard), None, "Hard: I knew it with effort"),
    command(&[C::Verdict], "drill.good", &["3"], Do::Grade(Grade::Good), Some("grade"), "Good: I knew it"),
    command(&[C::Verdict], "drill.easy", &["4"], Do::Grade(Grade::Easy), None, "Easy: I knew it at once"),
    command(&[C::Verdict], "drill.page", &["p"], Do::CardPage, Some("page"), "Open the page behind the card"),
    command(&[C::Verdict], "drill.demo", &["r"], Do::CardDemo, Some("run the demo"), "Run the demo behind the card"),
    command(&[C::Question, C::Verdict], "drill.edit", &["e", "alt-e"], Do::Edit, None, "Open the card in the editor; the session goes on with it"),
    command(&[C::Summary], "drill.done", &["enter"], Do::Enter, Some("read"), "Read about the chosen card; where none was missed: close"),
    command(&[C::Summary], "drill.close", &["esc"], Do::Leave, None, "Close the session"),
    command(&[C::Question, C::Verdict, C::Summary], "drill.undo", &["u", "alt-u"], Do::Undo, Some("undo"), "Take the last step back: an answer, a mark, an edit, a card set aside"),
    command(&[C::Question, C::Verdict], "drill.flag", &["f", "alt-f"], Do::Flag, Some("flag"), "Flag the card as worth a look, or unflag it"),
    command(&[C::Question, C::Verdict], "drill.bury", &["-", "alt--"], Do::Bury, None, "Not today: the card comes back tomorrow"),
    command(&[C::Question, C::Verdict], "drill.suspend", &["@", "alt-@"], Do::SuspendCard, None, "Not any more, until it is taken back with u"),

    command(&[C::Map], "map.right", &["l", "right"], Do::Right, None, "The topic to the right, in the next phase"),
    command(&[C::Map], "map.left", &["h", "left"], Do::Left, None, "The topic to the left, in the phase before"),
    command(&[C::Progress], "progress.next", &["]", "tab", "l", "right"], Do::NextSection, Some("section"), "The next section"),
    command(&[C::Progress], "progress.previous", &["[", "backtab", "h", "left"], Do::PreviousSection, None, "The section before"),
    command(&[C::Progress], "progress.fit", &["f"], Do::Fit, Some("fit"), "Fit the parameters of the schedule to your log"),
    command(&[C::Progress], "progress.usual", &["F"], Do::UsualParameters, Some("usual"), "Schedule by the usual parameters again"),
    command(&[C::Progress], "progress.view", &["v"], Do::View, Some("view"), "Another way to look at it: by topic, over a longer time"),

    command(&[C::Walk], "decide.choose", &["enter"], Do::Enter, Some("choose"), "Give the chosen answer, or open the page; a letter does too"),
    command(&[C::Walk], "decide.down", &["j", "down"], Do::Down, None, "The next answer"),
    command(&[C::Walk], "decide.up", &["k", "up"], Do::Up, None, "The previous answer"),
    command(&[C::Walk], "decide.back", &["backspace"], Do::StepBack, Some("a step back"), "Take the last answer back"),
    command(&[C::Walk], "decide.tree", &["t"], Do::WholeTree, Some("whole tree"), "The whole tree, or the walk again"),
    command(&[C::Walk], "decide.scenario", &["x"], Do::Scenario, Some("a scenario"), "A scenario: where does it lead? Its answer is saved"),
    command(&[C::Walk], "decide.restart", &["R"], Do::Reset, Some("restart"), "From the first question"),
    command(&[C::Walk], "decide.leave", &["esc"], Do::Leave, Some("leave"), "Leave the decision"),

    command(&[C::Page, C::Walk], "page.next-link", &["tab"], Do::NextLink, Some("next link or block"), "The next link, footnote, fold or live block"),
    command(&[C::Page, C::Walk], "page.previous-link", &["backtab"], Do::PreviousLink, None, "The previous one"),
    command(&[C::Page], "page.follow", &["enter"], Do::Enter, Some("follow"), "Follow the link or footnote, open the fold, enter the live block"),
    command(&[C::Page], "page.bet", &["B"], Do::Bet, Some("bet"), "To the bet of this page"),
    command(&[C::Page], "page.outline", &["o"], Do::Outline, Some("outline"), "The outline takes the keys; once more puts it away"),
    command(&[C::Page], "page.cheat-sheet", &["c"], Do::CheatSheet, Some("cheat sheet"), "The cheat sheet alone, or the page again"),
    command(&[C::Page], "page.find", &["/"], Do::Search, Some("find"), "Find in the page"),
    command(&[C::Page], "page.drill", &["D"], Do::DrillTopic, Some("drill"), "Drill this topic's cards"),
    command(&[C::Page], "page.demos", &["r"], Do::TopicDemos, Some("demos"), "Run this topic's demos; q comes back"),
    command(&[C::Page], "page.zoom", &["z"], Do::Zoom, Some("zoom"), "A table, code or demo by itself, as wide as it wants to be"),
    command(&[C::Page], "page.back", &["backspace", "H", "alt-left"], Do::GoBack, None, "Back to where one came from"),
    command(&[C::Page], "page.forward", &["L", "alt-right"], Do::GoForward, None, "Forward again"),
    command(&[C::Page], "page.next-heading", &["]"], Do::NextHeading, None, "The next heading"),
    command(&[C::Page], "page.previous-heading", &["["], Do::PreviousHeading, None, "The previous heading"),
    command(&[C::Page], "page.left", &["h", "left"], Do::Left, None, "Pan the code in sight to the left"),
    command(&[C::Page], "page.right", &["l", "right"], Do::Right, Some("pan"), "Pan the code in sight to the right"),
    command(&[C::Page], "page.next-hit", &["n"], Do::NextHit, Some("next hit"), "The next hit"),
    command(&[C::Page], "page.previous-hit", &["N"], Do::PreviousHit, None, "The previous hit"),
    command(&[C::Page], "page.copy", &["y"], Do::Copy, None, "Copy a block: code, a table, a sheet"),
    command(&[C::Page, C::Pick], "page.copy-section", &["Y"], Do::CopySection, None, "Copy the section as Markdown"),
    command(&[C::Page, C::Shelf], "page.bookmark", &["m"], Do::Bookmark, None, "Set a bookmark at this section, or take it away"),
    command(&[C::Page], "page.read", &["x"], Do::MarkRead, None, "Mark this section as read, or not"),
    command(&[C::Page], "page.edit", &["e"], Do::Edit, None, "Open the page in the editor; ours are copied first"),

    command(&[C::Shelf], "shelf.sheets", &["c"], Do::CheatSheet, Some("cheat sheets"), "All cheat sheets, or all topics again"),

    command(&[C::Outline], "outline.go", &["enter"], Do::Enter, Some("go there"), "Go to the heading or topic"),
    command(&[C::Outline], "outline.hide", &["o"], Do::Outline, Some("hide"), "Put the outline away"),
    command(&[C::Outline], "outline.leave", &["esc"], Do::Leave, Some("back to the page"), "Back to the page"),

    command(&[C::Find], "find.go", &["enter"], Do::Enter, Some("keep the hits"), "Keep the hits; n and N walk them"),
    command(&[C::Find], "find.everywhere", &["tab"], Do::NextLink, Some("search everything"), "Search everything for the same"),
    command(&[C::Find], "find.leave", &["esc"], Do::Leave, Some("back"), "Back to where one stood"),

    command(&[C::Pick], "pick.leave", &["esc"], Do::Leave, Some("none"), "None of them"),

    command(&[C::Zoom], "zoom.left", &["h", "left"], Do::Left, Some("left"), "To the left"),
    command(&[C::Zoom], "zoom.right", &["l", "right"], Do::Right, Some("right"), "To the right"),
    command(&[C::Zoom], "zoom.start", &["0", "^"], Do::LineStart, None, "To the start of the lines"),
    command(&[C::Zoom], "zoom.end", &["$"], Do::LineEnd, None, "To the end of the lines"),
    command(&[C::Zoom], "zoom.copy", &["y"], Do::Copy, Some("copy"), "Copy the block"),
    command(&[C::Zoom], "zoom.close", &["z", "esc"], Do::Leave, Some("close"), "Back to the page"),

    command(&[C::List], "list.open", &["enter"], Do::Enter, Some("open"), "Open the chosen row"),
    command(&[C::List], "move.down", &["j", "down"], Do::Down, Some("down"), "Down"),
    command(&[C::List], "move.up", &["k", "up"], Do::Up, Some("up"), "Up"),
    command(&[C::List], "move.half-down", &["d", "ctrl-d"], Do::HalfDown, None, "Half a screen down"),
    command(&[C::List], "move.half-up", &["u", "ctrl-u"], Do::HalfUp, None, "Half a screen up"),
    command(&[C::List], "move.page-down", &["space", "pagedown", "ctrl-f"], Do::PageDown, None, "A screen down"),
    command(&[C::List], "move.page-up", &["b", "pageup", "ctrl-b"], Do::PageUp, None, "A screen up"),
    command(&[C::List], "move.top", &["g", "home"], Do::Top, None, "To the top"),
    command(&[C::List], "move.bottom", &["G", "end"], Do::Bottom, None, "To the bottom"),

    command(&[C::Panel], "panel.down", &["j", "down"], Do::Down, Some("down"), "Down"),
    command(&[C::Panel], "panel.up", &["k", "up"], Do::Up, Some("up"), "Up"),
    command(&[C::Panel], "panel.page-down", &["space", "pagedown", "d"], Do::PageDown, None, "A screen down"),
    command(&[C::Panel], "panel.page-up", &["b", "pageup", "u"], Do::PageUp, None, "A screen up"),
    command(&[C::Panel], "panel.top", &["g", "home"], Do::Top, None, "To the top"),
    command(&[C::Panel], "panel.bottom", &["G", "end"], Do::Bottom, None, "To the bottom"),
    command(&[C::Panel], "panel.close", &["q", "esc", "enter", "?"], Do::Leave, Some("close"), "Close"),

    command(&[C::Palette], "palette.choose", &["enter"], Do::Enter, Some("choose"), "Choose"),
    command(&[C::Palette], "palette.down", &["down", "ctrl-n", "tab"], Do::Down, Some("down"), "The next row"),
    command(&[C::Palette], "palette.up", &["up", "ctrl-p", "backtab"], Do::Up, Some("up"), "The previous row"),
    command(&[C::Palette], "palette.close", &["esc"], Do::Leave, Some("close"), "Close"),

    command(&[C::Search], "search.open", &["enter"], Do::Enter, Some("open"), "Go to the hit, at its very line"),
    command(&[C::Search], "search.down", &["down", "ctrl-n"], Do::Down, Some("down"), "The next hit"),
    command(&[C::Search], "search.up", &["up", "ctrl-p"], Do::Up, None, "The previous hit"),
    command(&[C::Search], "search.page-down", &["pagedown"], Do::PageDown, None, "A screen of hits down"),
    command(&[C::Search], "search.page-up", &["pageup"], Do::PageUp, None, "A screen of hits up"),
    command(&[C::Search], "search.next-kind", &["tab"], Do::NextKind, Some("one kind only"), "The hits of one kind only, of the next, of all"),
    command(&[C::Search], "search.previous-kind", &["backtab"], Do::PreviousKind, None, "The hits of the kind before"),
    command(&[C::Search], "search.close", &["esc"], Do::Leave, Some("close"), "Close"),

    command(&[C::Field], "field.enter", &["enter"], Do::Enter, Some("check"), "Commit what was typed"),
    command(&[C::Field], "field.leave", &["esc"], Do::Leave, Some("leave"), "Leave the field"),
    command(&[C::Field], "field.next", &["tab"], Do::NextLink, None, "Leave the field for the next link or block"),
    command(&[C::Field], "field.previous", &["backtab"], Do::PreviousLink, None, "Leave the field for the previous link or block"),

    command(&[C::Completions], "complete.next", &["tab", "down", "ctrl-n"], Do::Complete, Some("next"), "The next completion"),
    command(&[C::Completions], "complete.previous", &["backtab", "up", "ctrl-p"], Do::CompleteBack, None, "The completion before"),
    command(&[C::Completions], "complete.take", &["enter"], Do::TakeCompletion, Some("take it"), "Take the completion; typing on does too"),
    command(&[C::Completions], "complete.back", &["esc"], Do::TakeBackCompletion, Some("leave the list"), "What was typed, without completion"),
    command(&[C::Selected], "select.copy", &["ctrl-c"], Do::Copy, Some("copy"), "Copy what is selected"),
    command(&[C::Selected], "select.cut", &["ctrl-x"], Do::Cut, Some("cut"), "Cut what is selected"),
    command(&[C::Selected], "select.none", &["esc"], Do::Deselect, Some("leave the selection"), "Select nothing"),
    command(&[C::Sheet], "sheet.complete", &["tab"], Do::Complete, Some("complete"), "Complete the name, unit or function"),
    command(&[C::Sheet], "sheet.slide-up", &["alt-up"], Do::SlideUp, Some("slide the number"), "The number under the cursor up: by one in its second figure, or in its last decimal"),
    command(&[C::Sheet], "sheet.slide-down", &["alt-down"], Do::SlideDown, None, "The number under the cursor down"),
    command(&[C::Sheet], "sheet.slide-far-up", &["alt-shift-up", "alt-pageup"], Do::SlideFarUp, None, "The number up by ten steps"),
    command(&[C::Sheet], "sheet.slide-far-down", &["alt-shift-down", "alt-pagedown"], Do::SlideFarDown, None, "The number down by ten steps"),
    command(&[C::Sheet], "sheet.undo", &["alt-u", "ctrl-_", "ctrl-/"], Do::Undo, None, "Take the last change back, also one of an earlier day"),
    command(&[C::Sheet], "sheet.redo", &["alt-e"], Do::Redo, None, "Do again what was taken back"),
    command(&[C::Sheet], "sheet.cut", &["ctrl-x"], Do::Cut, None, "Cut the line"),
    command(&[C::Sheet], "sheet.paste", &["ctrl-v", "ctrl-y"], Do::Paste, None, "Put in what was cut or copied here last"),
    command(&[C::Sheet], "sheet.copy", &["alt-c"], Do::Copy, None, "Copy the result of the line, or what is selected"),
    command(&[C::Sheet], "sheet.select-all", &["alt-a"], Do::SelectAll, None, "Select all; Shift with a move selects a part"),
    command(&[C::Sheet], "sheet.fold", &["alt-z"], Do::Fold, None, "Fold the section under the heading above, or open it"),
    command(&[C::Sheet], "sheet.fold-all", &["alt-Z"], Do::FoldAll, None, "Fold all sections, or open them"),
    command(&[C::Sheet], "sheet.reset", &["alt-r"], Do::Reset, None, "A sheet in a page: as it was written"),
    command(&[C::Sheet], "sheet.leave", &["esc"], Do::Leave, Some("leave"), "Leave the sheet"),
    command(&[C::Envelope], "envelope.sheets", &["ctrl-o"], Do::Sheets, Some("sheets"), "All sheets and templates: open, new, rename, delete"),
    command(&[C::Envelope], "envelope.powers", &["alt-p"], Do::Powers, Some("powers of ten"), "Results as powers of ten, or as they are"),
    command(&[C::Envelope], "envelope.new", &[], Do::NewSheet, None, "A new sheet"),
    command(&[C::Envelope], "envelope.rename", &[], Do::RenameSheet, None, "Give this sheet another name"),
    command(&[C::Envelope], "envelope.result", &[], Do::CopyResult, None, "Copy the result of the line"),
    command(&[C::Envelope], "envelope.markdown", &["alt-m"], Do::CopySheet, None, "Copy the sheet as Markdown"),

    command(&[C::Sheets], "sheets.open", &["enter"], Do::Enter, Some("open"), "Open the sheet, or make one of the template"),
    command(&[C::Sheets], "sheets.new", &["n"], Do::NewSheet, Some("new"), "A new sheet"),
    command(&[C::Sheets], "sheets.rename", &["r"], Do::RenameSheet, Some("rename"), "Give the sheet another name"),
    command(&[C::Sheets], "sheets.delete", &["d", "delete"], Do::DeleteSheet, Some("delete"), "Delete the sheet; u brings it back"),
    command(&[C::Sheets], "sheets.undo", &["u"], Do::Undo, Some("bring back"), "Bring back the sheet that was deleted last"),
    command(&[C::Sheets], "sheets.close", &["esc"], Do::Leave, None, "Close the list"),
    command(&[C::SheetName], "sheets.name", &["enter"], Do::Enter, Some("that is its name"), "That is its name"),
    command(&[C::SheetName], "sheets.no-name", &["esc"], Do::Leave, Some("back"), "Back to the list"),

    command(&[C::Everywhere], "search", &["/", "g /"], Do::SearchAll, Some("search"), "Search everything: topics, text, glossary, cards, demos"),
    command(&[C::Everywhere], "palette", &[":", "ctrl-p"], Do::Palette, Some("palette"), "Find and run anything by name"),
    command(&[C::Everywhere], "help", &["?", "f1"], Do::Help, Some("keys"), "All keys"),
    command(&[C::Everywhere], "app.aims", &[], Do::Aims, None, "Set the date of the interview, the level, the minutes a day"),
    command(&[C::Everywhere], "app.estimates", &["alt-t"], Do::Estimates, None, "Estimation drill: numbers against the clock"),
    command(&[C::Everywhere], "app.placement", &[], Do::Placement, None, "Placement quiz: what do I know already?"),
    command(&[C::Everywhere], "app.sync", &[], Do::Sync, None, "Sync with your other machines through a folder"),
    command(&[C::Everywhere], "app.sync-folder", &[], Do::SyncFolder, None, "Sync through another folder"),
    command(&[C::Everywhere], "app.theme", &[], Do::NextTheme, None, "Next theme: auto, dark, light, high contrast, the terminal's own colours"),
    command(&[C::Everywhere], "back", &["q"], Do::Back, Some("back"), "Back; on Today: quit"),
    command(&[C::Everywhere], "leave", &["esc"], Do::Leave, None, "Leave what is open or has the focus"),
    command(&[C::Everywhere], "tab.next", &["g t", "ctrl-pagedown"], Do::NextTab, None, "The next tab"),
    command(&[C::Everywhere], "tab.previous", &["g T", "ctrl-pageup"], Do::PreviousTab, None, "The previous tab"),
    command(&[C::Everywhere], "tab.today", &["alt-1"], Do::Go(Tab::Today), None, "Today: what to do now"),
    command(&[C::Everywhere], "tab.library", &["alt-2"], Do::Go(Tab::Library), None, "Library: pages and cheat sheets"),
    command(&[C::Everywhere], "tab.lab", &["alt-3"], Do::Go(Tab::Lab), None, "Lab: live demos"),
    command(&[C::Everywhere], "tab.drill", &["alt-4"], Do::Go(Tab::Drill), None, "Drill: spaced repetition"),
    command(&[C::Everywhere], "tab.envelope", &["alt-5"], Do::Go(Tab::Envelope), None, "Envelope: the calculator"),
    command(&[C::Everywhere], "tab.progress", &["alt-6"], Do::Go(Tab::Progress), None, "Progress: what is known"),
    command(&[C::Everywhere], "suspend", &["ctrl-z"], Do::Suspend, None, "Back to the shell; fg returns"),
    command(&[C::Everywhere], "quit", &["ctrl-c"], Do::Quit, None, "Quit; everything is saved already"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::key::Chord;

    #[test]
    fn names_are_unique_keys_are_valid_and_no_two_commands_of_a_context_share_one() {
        let (mut names, mut keys) = (HashSet::new(), HashSet::new());
        for command in COMMANDS {
            assert!(names.insert(command.name), "{} twice", command.name);
            for key in command.keys {
                let chord: Result<Chord, _> = key.parse();
                assert!(chord.is_ok(), "{}: {key}", command.name);
                for context in command.contexts {
                    assert!(keys.insert((*context, *key)), "{} again: {key}", command.name);
                }
            }
        }
    }

    #[test]
    fn in_a_text_field_letters_are_text() {
        for command in COMMANDS.iter().filter(|c| {
            matches!(
                c.contexts[0],
                C::Field
                    | C::Gaps
                    | C::Essay
                    | C::Palette
                    | C::Search
                    | C::Sheet
                    | C::Selected
                    | C::Completions
                    | C::Envelope
                    | C::SheetName
            )
        }) {
            for key in command.keys {
                let chord: Chord = key.parse().expect("the test above checks them");
                assert_eq!(chord.0[0].typed(), None, "{} would take a letter from the text", command.name);
            }
        }
    }
}
