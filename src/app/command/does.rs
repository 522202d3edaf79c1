//! What commands do, as data: a key, the palette and the mouse ask for the same.

use crate::app::Tab;
use crate::memory::Grade;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Back, or quit where there is no back.
    Back,
    /// Leave what is open or has the focus.
    Leave,
    /// Quit the program.
    Quit,
    /// Stop as a shell job.
    Suspend,
    /// Show a tab.
    Go(Tab),
    /// The next tab.
    NextTab,
    /// The previous tab.
    PreviousTab,
    /// Open the palette.
    Palette,
    /// Show all keys.
    Help,
    /// The next theme.
    NextTheme,
    /// Look for a word in the page.
    Search,
    /// Search across everything.
    SearchAll,
    /// The hits of the next kind only.
    NextKind,
    /// The hits of the previous kind only.
    PreviousKind,
    /// Act on what has the focus.
    Enter,
    /// Down a line or to the next row.
    Down,
    /// Up a line or to the previous row.
    Up,
    /// Half a screen down.
    HalfDown,
    /// Half a screen up.
    HalfUp,
    /// A screen down.
    PageDown,
    /// A screen up.
    PageUp,
    /// To the top.
    Top,
    /// To the bottom.
    Bottom,
    /// The next link or live block.
    NextLink,
    /// The previous link or live block.
    PreviousLink,
    /// The next heading.
    NextHeading,
    /// The previous heading.
    PreviousHeading,
    /// Show or hide the outline.
    Outline,
    /// Show the cheat sheet, or the page again.
    CheatSheet,
    /// The next hit of the search.
    NextHit,
    /// The previous hit of the search.
    PreviousHit,
    /// Copy the block.
    Copy,
    /// Copy the section.
    CopySection,
    /// Show a block by itself.
    Zoom,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// To the start of the lines.
    LineStart,
    /// To the end of the lines.
    LineEnd,
    /// Back to where one came from: a place on this page, the page before.
    GoBack,
    /// Forward to where one went back from.
    GoForward,
    /// Set a bookmark or take it away.
    Bookmark,
    /// Mark the section as read, or not.
    MarkRead,
    /// Open in the editor.
    Edit,
    /// Drill the topic of this page.
    DrillTopic,
    /// Begin what Today proposes.
    Start,
    /// Go on reading.
    ReadOn,
    /// The next topic on the path.
    NextTopic,
    /// The bet of the day.
    Bet,
    /// The plan up to the date of the interview.
    Plan,
    /// A timed study session.
    Minutes,
    /// On to the next part of a timed study session.
    StudyOn,
    /// An interview quiz.
    Quiz,
    /// An estimation drill against the clock.
    Estimates,
    /// The placement quiz.
    Placement,
    /// Sync with other machines.
    Sync,
    /// Choose the folder of the sync.
    SyncFolder,
    /// A new card.
    NewCard,
    /// The date, the level, the minutes a day.
    Aims,
    /// A session of chosen cards.
    Choose,
    /// The cards that were set aside.
    AsideList,
    /// Bring a card back that was set aside.
    BringBack,
    /// Spread a backlog over days.
    Ease,
    /// Leave a backlog as it is.
    LeaveBacklog,
    /// The next value of a row is a letter away: take it as it is.
    Skip,
    /// Play or pause.
    Play,
    /// One event.
    Step,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
    /// Back in time.
    Rewind,
    /// Forward in time.
    Forward,
    /// From the start.
    Reset,
    /// Another seed.
    Reseed,
    /// The Lab by topic, or by demo again.
    Catalogue,
    /// The page of the demo's topic.
    TopicPage,
    /// The demos of the page's topic.
    TopicDemos,
    /// Show only the demos that match.
    Filter,
    /// A second run beside this one, or this one alone again.
    Fork,
    /// The keys to the other run of a fork.
    OtherRun,
    /// How the readings are spread over many seeds.
    Sweep,
    /// The next section of Progress.
    NextSection,
    /// The section of Progress before.
    PreviousSection,
    /// Fit the parameters of the model to the log.
    Fit,
    /// The usual parameters again.
    UsualParameters,
    /// The next control.
    NextControl,
    /// The previous control.
    PreviousControl,
    /// The control's value up.
    More,
    /// The control's value down.
    Less,
    /// The source of the implementation.
    Source,
    /// What to look for.
    LookFor,
    /// What can be laid hands on.
    Hands,
    /// The next way to look at the demo, or at a section of Progress.
    View,
    /// Write the run as a script.
    WriteScript,
    /// The demo full screen.
    FullScreen,
    /// Show the answer, or check it.
    Reveal,
    /// Uncover the next hint.
    Hint,
    /// The next part of an answer: the next gap.
    NextPart,
    /// The previous part of an answer.
    PreviousPart,
    /// A new line in an open answer.
    NewLine,
    /// Leave an open answer as it is: its letters are commands again.
    LeaveText,
    /// Choose what has the cursor, or take it in hand, or let go of it.
    Hold,
    /// The chosen item a place down.
    MoveDown,
    /// The chosen item a place up.
    MoveUp,
    /// The cursor to the other side of the pairs.
    OtherSide,
    /// Undo what was chosen for this part.
    Clear,
    /// Grade the answer.
    Grade(Grade),
    /// Grade as proposed.
    GradeProposed,
    /// Take the last answer back.
    Undo,
    /// Mark the card as worth a look.
    Flag,
    /// Not today.
    Bury,
    /// Not any more.
    SuspendCard,
    /// The topic's page at the right place.
    CardPage,
    /// The demo behind the card.
    CardDemo,
    /// Take the last answer of a decision back.
    StepBack,
    /// The whole decision tree, or the walk again.
    WholeTree,
    /// A scenario of the decision.
    Scenario,
    /// Complete the word, or go to the next completion.
    Complete,
    /// The completion before.
    CompleteBack,
    /// Take the completion that stands there.
    TakeCompletion,
    /// What was typed in place of the completion.
    TakeBackCompletion,
    /// The number under the cursor up.
    SlideUp,
    /// The number under the cursor down.
    SlideDown,
    /// The number under the cursor up by ten steps.
    SlideFarUp,
    /// The number under the cursor down by ten steps.
    SlideFarDown,
    /// Do again what was taken back.
    Redo,
    /// Cut what is selected, or the line.
    Cut,
    /// Put in what was cut or copied.
    Paste,
    /// Select everything.
    SelectAll,
    /// Select nothing.
    Deselect,
    /// Fold a section, or open it.
    Fold,
    /// Fold all sections, or open them.
    FoldAll,
    /// Results as powers of ten, or as they are.
    Powers,
    /// Copy the result of the line.
    CopyResult,
    /// Copy the sheet as Markdown.
    CopySheet,
    /// The list of sheets.
    Sheets,
    /// A new sheet.
    NewSheet,
    /// Another name for a sheet.
    RenameSheet,
    /// Delete a sheet.
    DeleteSheet,
}
