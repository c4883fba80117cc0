//! Rows of cells, lined up within the width.

use crate::transport::console::look::{Line, Look, Paint};
use crate::transport::console::words::flow;
use crate::transport::tree::plain::width;

/// Before every line of a table, below the name of its metric.
pub(super) const INDENT: usize = 4;

/// Between the columns.
const GAP: usize = 2;

/// Labels that need it get at least this much of a line, even where columns have to go for it.
const LABEL_WIDTH_MIN: usize = 16;

/// What a column shows.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) paint: Paint,
    /// Where there is no room for all, the column with the highest goes first; 0 stays.
    pub(super) rank: u8,
}

/// One series.
pub(super) struct Row {
    /// Its attributes. Those that leave no room for the cells stand on lines of their own above them.
    pub(super) words: Vec<String>,
    /// One for each column.
    pub(super) cells: Vec<Option<String>>,
    /// What stands at the end of the line, or below it where there is no room.
    pub(super) note: Option<String>,
}

impl Row {
    fn label_width(&self) -> usize {
        let spaces = self.words.len().saturating_sub(1);
        self.words.iter().map(|word| width(word)).sum::<usize>() + spaces
    }
}

/// The series of a metric.
pub(super) struct Table {
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn draw(&self, look: Look, block: &mut String) {
        let layout = Layout::fit(self, look);
        layout.header(block);
        self.rows.iter().for_each(|row| layout.row(row, block));
    }

    /// How wide a column is; `None` when it is empty.
    fn column_width(&self, column: usize) -> Option<usize> {
        let cells = self.rows.iter().filter_map(|row| row.cells[column].as_deref());
        let widest = cells.map(width).max()?;
        Some(widest.max(width(self.columns[column].name)))
    }
}

/// Where everything stands.
struct Layout {
    look: Look,
    label: usize,
    columns: Vec<Placed>,
}

struct Placed {
    column: &'static Column,
    /// Which of a row's cells it shows.
    index: usize,
    width: usize,
}

impl Layout {
    fn fit(table: &Table, look: Look) -> Self {
        let columns = table.columns.iter().enumerate();
        let mut columns: Vec<Placed> = columns
            .filter_map(|(index, column)| Some(Placed { column, index, width: table.column_width(index)? }))
            .collect();
        let longest = table.rows.iter().map(Row::label_width).max().unwrap_or(0);
        let room = look.width - INDENT;
        while cells_width(&columns) + longest.min(LABEL_WIDTH_MIN) > room && drop_one(&mut columns) {}
        let room = room.saturating_sub(cells_width(&columns));
        let label = table.rows.iter().map(Row::label_width).filter(|label| *label <= room).max();
        Self { look, label: label.unwrap_or(0), columns }
    }

    /// The names of the columns, if they have any.
    fn header(&self, block: &mut String) {
        if self.columns.iter().all(|placed| placed.column.name.is_empty()) {
            return;
        }
        let mut line = Line::new(self.look);
        self.cells(&mut line, |placed| (Paint::Dim, Some(placed.column.name)));
        line.end(block);
    }

    fn row(&self, row: &Row, block: &mut String) {
        let mut line = Line::new(self.look);
        line.pad(INDENT);
        if row.label_width() <= self.label {
            line.push(Paint::Plain, &row.words.join(" "));
        } else {
            self.label_above(row, block);
        }
        self.cells(&mut line, |placed| (placed.column.paint, row.cells[placed.index].as_deref()));
        if let Some(note) = &row.note {
            self.note(&mut line, note, block);
        }
        line.end(block);
    }

    fn label_above(&self, row: &Row, block: &mut String) {
        for text in flow(row.words.iter().cloned(), "  ", self.look.width - INDENT) {
            let mut line = Line::new(self.look);
            line.pad(INDENT);
            line.push(Paint::Plain, &text);
            line.end(block);
        }
    }

    fn cells<'c>(&self, line: &mut Line, cell: impl Fn(&Placed) -> (Paint, Option<&'c str>)) {
        let mut end = INDENT + self.label;
        for placed in &self.columns {
            // Without labels there is nothing to keep a distance from.
            end += placed.width + if end == INDENT { 0 } else { GAP };
            let (paint, text) = cell(placed);
            let text = text.unwrap_or_default();
            line.pad(end - width(text).min(placed.width));
            line.push(paint, text);
        }
    }

    fn note(&self, line: &mut Line, note: &str, block: &mut String) {
        if line.width() + GAP + width(note) > self.look.width {
            std::mem::replace(line, Line::new(self.look)).end(block);
            line.pad(INDENT);
        }
        line.pad(line.width() + GAP);
        line.push(Paint::Dim, note);
    }
}

fn cells_width(columns: &[Placed]) -> usize {
    columns.iter().map(|placed| GAP + placed.width).sum()
}

/// Whether there was one that may go.
fn drop_one(columns: &mut Vec<Placed>) -> bool {
    let droppable = columns.iter().enumerate().max_by_key(|(_, placed)| placed.column.rank);
    let Some((place, _)) = droppable.filter(|(_, placed)| placed.column.rank > 0) else { return false };
    columns.remove(place);
    true
}
