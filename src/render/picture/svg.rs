//! SVG, as a self-contained file or as part of an HTML page; without scripts and links.

use super::layout::{Gaps, PictureLayout, Point, layout};
use super::measure::{number, width, wrapped};
use super::ports;
use super::style::{node_style, sign};
use crate::picture::{
    Direction, NodeChange, NodeKind, Picture, PictureEdge, PictureLine, PictureNode,
};
use crate::render::markup::Markup;

/// Style sheet of boxes and arrows, for light and dark mode.
pub(in crate::render) const STYLE: &str = include_str!("svg.css");

const LINE: f64 = 18.0;
const BULLET: f64 = 9.0;
const PADDING: Point = Point { x: 14.0, y: 9.0 };
const MARGIN: f64 = 12.0;

/// A line of text in a box.
struct TextLine {
    class: &'static str,
    indent: f64,
    text: String,
}

/// A box with its lines and its size.
struct SizedNode<'a> {
    node: &'a PictureNode,
    lines: Vec<TextLine>,
    size: Point,
}

/// Pictures below each other, as a file.
pub(super) fn standalone(pictures: &[Picture]) -> String {
    let placed: Vec<_> = pictures.iter().map(span).collect();
    let title = |picture: &Picture| {
        if picture.title.is_empty() {
            0.0
        } else {
            2.0 * LINE
        }
    };
    let heights = pictures.iter().zip(&placed);
    let heights = heights.map(|(picture, (_, layout))| title(picture) + layout.size.y + MARGIN);
    let height: f64 = MARGIN + heights.sum::<f64>();
    let widths = placed.iter().map(|(_, layout)| layout.size.x);
    let names = pictures.iter().map(|picture| width("name", &picture.title));
    let width = 2.0 * MARGIN + widths.chain(names).fold(0.0, f64::max);
    let mut markup = Markup::default();
    let label = pictures.iter().map(|picture| picture.title.as_str());
    let label = label.collect::<Vec<_>>().join(", ");
    root(&mut markup, width, height, &label, |svg| {
        svg.style(&[STYLE]);
        let mut top = MARGIN;
        for (picture, (boxes, layout)) in pictures.iter().zip(&placed) {
            if !picture.title.is_empty() {
                let at = Point {
                    x: MARGIN,
                    y: top + LINE,
                };
                text(svg, "title", at, &picture.title);
                top += title(picture);
            }
            let left = (width - layout.size.x) / 2.0;
            paint(svg, picture, boxes, layout, Point { x: left, y: top });
            top += layout.size.y + MARGIN;
        }
    });
    markup.into_text()
}

/// A picture in a page that contains `STYLE`.
pub(in crate::render) struct Drawing<'a> {
    picture: &'a Picture,
    boxes: Vec<SizedNode<'a>>,
    layout: PictureLayout,
}

/// The drawing of a picture.
pub(in crate::render) fn drawing(picture: &Picture) -> Drawing<'_> {
    let (boxes, layout) = span(picture);
    Drawing {
        picture,
        boxes,
        layout,
    }
}

impl Drawing<'_> {
    /// Its width.
    pub(in crate::render) fn width(&self) -> f64 {
        self.layout.size.x + 2.0 * MARGIN
    }

    /// Writes it.
    pub(in crate::render) fn write(&self, markup: &mut Markup) {
        let Self {
            picture,
            boxes,
            layout,
        } = self;
        let height = layout.size.y + 2.0 * MARGIN;
        let at = Point {
            x: MARGIN,
            y: MARGIN,
        };
        root(markup, self.width(), height, &picture.title, |svg| {
            paint(svg, picture, boxes, layout, at);
        });
    }
}

fn root(
    markup: &mut Markup,
    width: f64,
    height: f64,
    label: &str,
    content: impl FnOnce(&mut Markup),
) {
    let [width, height] = [width, height].map(number);
    let view = format!("0 0 {width} {height}");
    let attributes = [
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("class", "picture"),
        ("role", "img"),
        ("aria-label", label),
        ("width", &width),
        ("height", &height),
        ("viewBox", &view),
    ];
    markup.element("svg", &attributes, content);
}

/// Sizes the boxes of a picture and lays it out.
fn span(picture: &Picture) -> (Vec<SizedNode<'_>>, PictureLayout) {
    let mut boxes: Vec<_> = picture.nodes.iter().map(SizedNode::new).collect();
    if picture.direction == Direction::Right {
        ports::make_room(picture, boxes.iter_mut().map(|sized| &mut sized.size.y));
    }
    let sizes: Vec<_> = boxes.iter().map(|sized| sized.size).collect();
    let labels = picture.edges.iter().map(|edge| width("label", &edge.label));
    let label = labels.fold(0.0, f64::max);
    let gaps = match picture.direction {
        Direction::Down => Gaps {
            within: 22.0,
            between: 38.0,
        },
        Direction::Right => Gaps {
            within: 14.0,
            between: 90.0 + label,
        },
    };
    let mut layout = layout(picture, &sizes, gaps);
    if picture.direction == Direction::Right {
        ports::spread(picture, &mut layout);
    }
    (boxes, layout)
}

impl TextLine {
    fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self {
            class,
            text: text.into(),
            indent: 0.0,
        }
    }
}

impl<'a> SizedNode<'a> {
    fn new(node: &'a PictureNode) -> Self {
        let sign = sign(node.change).map(|sign| format!("{sign} "));
        let name = sign.unwrap_or_default() + &node.name;
        let plain = |class, text: &str| {
            let lines = wrapped(text).into_iter();
            lines
                .map(move |line| TextLine::new(class, line))
                .collect::<Vec<_>>()
        };
        let mut lines = plain("name", &name);
        if !node.caption.is_empty() {
            lines.extend(plain("caption", &node.caption));
        }
        lines.extend(node.lines.iter().flat_map(entry));
        let widest = lines
            .iter()
            .map(|line| line.indent + width(line.class, &line.text))
            .fold(60.0, f64::max);
        let room = if node.kind == NodeKind::Fork {
            2.0 * PADDING.x
        } else {
            0.0
        };
        let size = Point {
            x: (widest + 2.0 * PADDING.x + room).round(),
            y: lines.len() as f64 * LINE + 2.0 * PADDING.y,
        };
        Self { node, lines, size }
    }
}

fn paint(
    markup: &mut Markup,
    picture: &Picture,
    boxes: &[SizedNode<'_>],
    layout: &PictureLayout,
    at: Point,
) {
    let shift = format!("translate({} {})", number(at.x), number(at.y));
    markup.element("g", &[("transform", &shift)], |group| {
        group.line();
        for (edge, route) in picture.edges.iter().zip(&layout.routes) {
            arrow(group, edge, route, picture.direction);
        }
        for (sized, middle) in boxes.iter().zip(&layout.boxes) {
            boxed(group, sized, *middle);
        }
        for (edge, route) in picture.edges.iter().zip(&layout.routes) {
            label(group, edge, route, picture.direction);
        }
    });
}

fn boxed(markup: &mut Markup, sized: &SizedNode<'_>, middle: Point) {
    let SizedNode { node, lines, size } = sized;
    let corner = Point {
        x: middle.x - size.x / 2.0,
        y: middle.y - size.y / 2.0,
    };
    markup.element("g", &[("class", node_style(node).class)], |group| {
        shape(group, node.kind, corner, *size);
        let mut y = middle.y - lines.len() as f64 * LINE / 2.0 + LINE * 0.72;
        for line in lines {
            let x = match line.class {
                "name" | "caption" => middle.x,
                _ => corner.x + PADDING.x + line.indent,
            };
            text(group, line.class, Point { x, y }, &line.text);
            y += LINE;
        }
    });
}

fn shape(markup: &mut Markup, kind: NodeKind, corner: Point, size: Point) {
    let [x, y, width, height] = [corner.x, corner.y, size.x, size.y].map(number);
    let radius = match kind {
        NodeKind::End => size.y.min(2.0 * LINE) / 2.0,
        NodeKind::Service => 8.0,
        NodeKind::Fork | NodeKind::Flow | NodeKind::Page | NodeKind::Event | NodeKind::Object => {
            2.0
        }
    };
    let radius = number(radius);
    if kind != NodeKind::Fork {
        let attributes = [
            ("x", x.as_str()),
            ("y", &y),
            ("width", &width),
            ("height", &height),
            ("rx", &radius),
        ];
        return markup.element("rect", &attributes, |_| {});
    }
    let (right, bottom) = (corner.x + size.x, corner.y + size.y);
    let (middle, point) = (corner.y + size.y / 2.0, PADDING.x);
    let corners = [
        (corner.x, middle),
        (corner.x + point, corner.y),
        (right - point, corner.y),
        (right, middle),
        (right - point, bottom),
        (corner.x + point, bottom),
    ];
    let points = corners
        .map(|(x, y)| format!("{},{}", number(x), number(y)))
        .join(" ");
    markup.element("polygon", &[("points", &points)], |_| {});
}

/// The length of an arrow head.
const HEAD: f64 = 7.0;

fn arrow(markup: &mut Markup, edge: &PictureEdge, route: &[Point], direction: Direction) {
    let [start, .., end] = route else {
        return;
    };
    let at = |point: Point| format!("{} {}", number(point.x), number(point.y));
    let back = |point: Point, by: f64, aside: f64| match direction {
        Direction::Down => Point {
            x: point.x + aside,
            y: point.y - by,
        },
        Direction::Right => Point {
            x: point.x - by,
            y: point.y + aside,
        },
    };
    let mut path = format!("M {}", at(*start));
    let last = back(*end, HEAD, 0.0);
    let bend_end = back(*end, stub(edge, direction), 0.0);
    for (index, pair) in route.windows(2).enumerate() {
        let to = if index + 2 == route.len() {
            bend_end
        } else {
            pair[1]
        };
        path += &match index % 2 {
            0 => {
                let bend = bend(pair[0], to, direction);
                format!(" C {}, {}, {}", at(bend[0]), at(bend[1]), at(to))
            }
            _ => format!(" L {}", at(to)),
        };
    }
    if direction == Direction::Right {
        path += &format!(" L {}", at(last));
    }
    let class = if edge.is_removed {
        "arrow removed"
    } else {
        "arrow"
    };
    markup.element("path", &[("class", class), ("d", &path)], |_| {});
    let corners = [
        at(*end),
        at(back(*end, HEAD, HEAD / 2.0)),
        at(back(*end, HEAD, -HEAD / 2.0)),
    ];
    let head = format!("M {} Z", corners.join(" L "));
    markup.element("path", &[("class", "head"), ("d", &head)], |_| {});
}

/// The control points of a curve that starts and ends in the direction of the arrows.
fn bend(from: Point, to: Point, direction: Direction) -> [Point; 2] {
    let (x, y) = ((from.x + to.x) / 2.0, (from.y + to.y) / 2.0);
    match direction {
        Direction::Down => [Point { x: from.x, y }, Point { x: to.x, y }],
        Direction::Right => [Point { x, y: from.y }, Point { x, y: to.y }],
    }
}

/// The length of the straight end of an arrow: between boxes from left to right it carries the label, so that the eye
/// can follow the arrow to it.
fn stub(edge: &PictureEdge, direction: Direction) -> f64 {
    match direction {
        Direction::Down => HEAD,
        Direction::Right => HEAD + STUB_ENDS + width("label", &edge.label),
    }
}

/// The parts of a straight end that its label leaves visible.
const STUB_ENDS: f64 = 14.0;

/// The label of an arrow: on its straight end, or in the middle of its first bend.
fn label(markup: &mut Markup, edge: &PictureEdge, route: &[Point], direction: Direction) {
    let [start, next, ..] = route else {
        return;
    };
    if edge.label.is_empty() {
        return;
    }
    let end = route[route.len() - 1];
    let middle = match direction {
        Direction::Down => Point {
            x: (start.x + next.x) / 2.0,
            y: (start.y + next.y) / 2.0,
        },
        Direction::Right => Point {
            x: end.x - (stub(edge, direction) + HEAD) / 2.0,
            y: end.y,
        },
    };
    let baseline = Point {
        y: middle.y + 4.0,
        ..middle
    };
    text(markup, "label", baseline, &edge.label);
}

fn text(markup: &mut Markup, class: &'static str, at: Point, content: &str) {
    let [x, y] = [at.x, at.y].map(number);
    markup.leaf("text", &[("class", class), ("x", &x), ("y", &y)], content);
}

/// The lines of a list entry: a sign or a bullet before the first, the others aligned with its text.
fn entry(line: &PictureLine) -> Vec<TextLine> {
    let class = match line.change {
        NodeChange::Created => "line new",
        NodeChange::Deleted => "line gone",
        NodeChange::Unchanged | NodeChange::Changed | NodeChange::Replaced => "line",
    };
    let sign = sign(line.change).unwrap_or('•');
    let lines = wrapped(&line.text).into_iter().enumerate();
    lines
        .map(|(number, text)| match number {
            0 => TextLine::new(class, format!("{sign} {text}")),
            _ => TextLine {
                indent: BULLET,
                ..TextLine::new(class, text)
            },
        })
        .collect()
}
