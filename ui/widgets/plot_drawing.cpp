// Graphs over pyramids, a buffered layer for the cross hair, colours from the palette.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_drawing.h"

#include <cmath>

#include "ui/models/run_texts.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr qsizetype kWidePoints = 500;
constexpr double kKeyZoom = 0.8, kKeyPan = 0.15;

}  // namespace

void PlotDrawing::makeItems() {
    plot->addLayer(QStringLiteral("hover"));
    plot->layer(QStringLiteral("hover"))->setMode(QCPLayer::lmBuffered);
    cross = new QCPItemStraightLine(plot);
    for (QCPItemPosition* point : {cross->point1, cross->point2}) {
        point->setType(QCPItemPosition::ptPlotCoords);
        point->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    readout = new QCPItemText(plot);
    readout->setPadding(QMargins(6, 4, 6, 4));
    readout->setTextAlignment(Qt::AlignLeft);
    readout->position->setType(QCPItemPosition::ptAbsolute);
    for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{cross, readout}) {
        item->setLayer(QStringLiteral("hover"));
        item->setVisible(false);
    }
    empty = new QCPItemText(plot);
    empty->position->setType(QCPItemPosition::ptAxisRectRatio);
    empty->position->setCoords(0.5, 0.5);
}

Drawn& PlotDrawing::curve(const QString& key, const QString& label) {
    for (auto& known : curves) {
        if (known->curve.key() == key) {
            known->label = label;
            return *known;
        }
    }
    auto& made = *curves.emplace_back(std::make_unique<Drawn>(key));
    made.label = label;
    made.curve.setLook(smoothing, logY);
    made.raw = plot->addGraph();
    made.smooth = plot->addGraph();
    made.dot = new QCPItemTracer(plot);
    made.dot->setLayer(QStringLiteral("hover"));
    made.dot->setStyle(QCPItemTracer::tsCircle);
    made.dot->setSize(8);
    made.dot->setVisible(false);
    recolor();
    return made;
}

bool PlotDrawing::hasPoints() const {
    return std::any_of(curves.begin(), curves.end(), [](const auto& drawn) { return !drawn->curve.x().empty(); });
}

void PlotDrawing::fillGraphs() {
    const QCPRange range = plot->xAxis->range();
    const auto columns = static_cast<std::size_t>(std::max(plot->axisRect()->width(), 50));
    for (auto& drawn : curves) {
        for (auto [graph, pyramid] :
             {std::pair{drawn->raw, &drawn->curve.raw()}, {drawn->smooth, &drawn->curve.smooth()}}) {
            QVector<QCPGraphData> points;
            for (const auto& point : pyramid->visible(range.lower, range.upper, columns))
                points.push_back({point.x, point.y});
            // Wide pens over many points cost seconds a frame (workbench.md section 7).
            QPen pen = graph->pen();
            pen.setWidthF(graph == drawn->smooth && points.size() <= kWidePoints ? kSmoothPenWidth : kRawPenWidth);
            graph->setPen(pen);
            graph->data()->set(points, true);
        }
        // A few points, as from evaluations, are easier to see as dots.
        const bool few = drawn->curve.x().size() <= 40;
        drawn->smooth->setScatterStyle(QCPScatterStyle(few ? QCPScatterStyle::ssDisc : QCPScatterStyle::ssNone, 5));
        drawn->raw->setVisible(smoothing > 0 && !few);
    }
    const bool some = hasPoints();
    for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
        axis->setVisible(some);
        axis->grid()->setVisible(some);
    }
    empty->setVisible(!some);
}

void PlotDrawing::fitRange() {
    double left = INFINITY, right = -INFINITY;
    std::vector<std::span<const double>> values;
    for (const auto& drawn : curves) {
        if (drawn->curve.x().empty()) continue;
        left = std::min(left, drawn->curve.x().front());
        right = std::max(right, drawn->curve.x().back());
        values.emplace_back(drawn->curve.y());
    }
    if (!(left <= right)) return;
    const double pad = left == right ? 0.5 : 0.015 * (right - left);
    plot->xAxis->setRange(left - pad, right + pad);
    const PlotRange range = ui::fitRange(values, rangeKind, logY);
    outside = range.outside;
    plot->yAxis->setRange(range.lower, range.upper);
}

void PlotDrawing::describe() {
    title->setText(QStringLiteral("<b>%1</b>").arg(name.toHtmlEscaped()));
    QStringList parts, marked;
    for (const auto& drawn : curves) {
        if (drawn->curve.y().empty()) continue;
        const QString value = numberText(drawn->curve.y().back());
        parts << QStringLiteral("%1: %2").arg(drawn->label, value);
        marked << QStringLiteral("<span style='color:%1'>\u25a0</span> %2 <b>%3</b>")
                      .arg(drawn->smooth->pen().color().name(), drawn->label.toHtmlEscaped(), value);
    }
    legend->setText(marked.join(QStringLiteral(" &nbsp; ")));
    view->setAccessibleDescription(parts.join(QStringLiteral("; ")));
    QStringList badges;
    if (follow && outside > 0) badges << PlotView::tr("%n point(s) outside", nullptr, outside);
    if (const int hiddenPoints = view->hiddenByLog(); hiddenPoints > 0)
        badges << PlotView::tr("%n value(s) at or below 0 not shown", nullptr, hiddenPoints);
    if (const int bad = view->nonFinite(); bad > 0) badges << PlotView::tr("%n non-finite value(s)", nullptr, bad);
    if (!follow) badges << PlotView::tr("zoomed");
    badge->setText(badges.join(QStringLiteral(" \u00b7 ")));
}

void PlotDrawing::redraw() {
    if (follow) fitRange();
    fillGraphs();
    describe();
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotDrawing::recolor() {
    const QPalette palette = view->palette();
    const QColor text = palette.color(QPalette::WindowText), faint = palette.color(QPalette::Mid);
    const QColor ground = palette.color(QPalette::Button);  // that of cards
    plot->setBackground(QBrush(ground));
    for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
        axis->setBasePen(QPen(faint));
        axis->setTickPen(QPen(faint));
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(text);
        axis->setLabelColor(text);
        axis->grid()->setPen(QPen(faint, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(Qt::NoPen);
        QFont font = view->font();
        font.setPointSizeF(font.pointSizeF() * 0.85);
        axis->setTickLabelFont(font);
    }
    int index = 0;
    for (auto& drawn : curves) {
        QColor color = seriesColor(index++);
        drawn->smooth->setPen(QPen(color, kSmoothPenWidth));
        drawn->dot->setPen(QPen(color, 2));
        drawn->dot->setBrush(ground);
        color.setAlphaF(0.35F);
        drawn->raw->setPen(QPen(color, kRawPenWidth));
    }
    cross->setPen(QPen(palette.color(QPalette::PlaceholderText), 1, Qt::DashLine));
    readout->setColor(text);
    QColor behind = palette.color(QPalette::ToolTipBase);
    behind.setAlphaF(0.94F);
    readout->setBrush(behind);
    readout->setPen(QPen(faint));
    readout->setFont(view->font());
    empty->setColor(palette.color(QPalette::PlaceholderText));
    empty->setFont(view->font());
}

/// Logged points only: curves without a point at the step nearest to x are left out of the readout.
QString PlotDrawing::moveCross(double x, double pixel) {
    double step = NAN;
    for (const auto& drawn : curves) {
        const auto at = drawn->curve.nearest(x);
        if (at && !(std::abs(drawn->curve.x()[*at] - x) >= std::abs(step - x))) step = drawn->curve.x()[*at];
    }
    QStringList lines;
    for (const auto& drawn : curves) {
        const auto at = drawn->curve.nearest(step);
        const bool logged = at && drawn->curve.x()[*at] == step;
        drawn->dot->setVisible(logged && std::isfinite(drawn->curve.y()[*at]));
        if (!logged) continue;
        const double y = drawn->curve.y()[*at];
        drawn->dot->position->setCoords(step, y);
        QString line = QStringLiteral("%1  %2").arg(drawn->label, numberText(y));
        const auto smoothed = drawn->curve.smoothedAt(step);
        if (drawn->raw->visible() && smoothed) line += PlotView::tr("  (smoothed %1)").arg(numberText(*smoothed));
        lines << line;
    }
    const bool some = !lines.isEmpty();
    cross->setVisible(some);
    readout->setVisible(some);
    if (some) {
        cross->point1->setCoords(step, 0);
        cross->point2->setCoords(step, 1);
        lines.prepend(PlotView::tr("step %1").arg(QLocale().toString(static_cast<qint64>(step))));
        readout->setText(lines.join(QLatin1Char('\n')));
        const bool left = pixel < plot->axisRect()->center().x();
        readout->position->setPixelPosition(QPointF(pixel + (left ? 14 : -14), plot->axisRect()->top() + 8));
        readout->setPositionAlignment((left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignTop);
    }
    plot->layer(QStringLiteral("hover"))->replot();
    return lines.join(QLatin1Char('\n'));
}

void PlotDrawing::hideCross() {
    if (!cross->visible()) return;
    for (auto& drawn : curves) drawn->dot->setVisible(false);
    cross->setVisible(false);
    readout->setVisible(false);
    plot->layer(QStringLiteral("hover"))->replot();
}

bool PlotDrawing::key(QKeyEvent* event) {
    const QCPRange x = plot->xAxis->range();
    const double step = x.size() * kKeyPan;
    switch (event->key()) {
        case Qt::Key_Home:
            view->fit();
            return true;
        case Qt::Key_L:
            Q_EMIT view->logRequested();
            return true;
        case Qt::Key_BracketLeft:
            Q_EMIT view->smoothingRequested(-0.05);
            return true;
        case Qt::Key_BracketRight:
            Q_EMIT view->smoothingRequested(0.05);
            return true;
        case Qt::Key_Plus:
            plot->xAxis->scaleRange(kKeyZoom);
            break;
        case Qt::Key_Minus:
            plot->xAxis->scaleRange(1 / kKeyZoom);
            break;
        case Qt::Key_Left:
            plot->xAxis->moveRange(-step);
            break;
        case Qt::Key_Right:
            plot->xAxis->moveRange(step);
            break;
        default:
            return false;
    }
    plot->onUserRange();
    return true;
}

void PlotDrawing::setMarks(const std::vector<std::pair<double, QString>>& texts) {
    for (QCPAbstractItem* item : marks) plot->removeItem(item);
    marks.clear();
    for (const auto& [x, text] : texts) {
        auto* line = new QCPItemStraightLine(plot);
        auto* words = new QCPItemText(plot);
        for (QCPItemPosition* point : {line->point1, line->point2, words->position}) {
            point->setType(QCPItemPosition::ptPlotCoords);
            point->setTypeY(QCPItemPosition::ptAxisRectRatio);
        }
        line->point1->setCoords(x, 0);
        line->point2->setCoords(x, 1);
        line->setPen(QPen(view->palette().color(QPalette::PlaceholderText), 1, Qt::DotLine));
        words->position->setCoords(x, 0);
        words->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        words->setPadding(QMargins(4, 2, 0, 0));
        words->setText(text);
        words->setColor(view->palette().color(QPalette::PlaceholderText));
        marks.push_back(line);
        marks.push_back(words);
    }
}

void PlotDrawing::clear() {
    hideCross();
    for (auto& drawn : curves) plot->removeItem(drawn->dot);
    curves.clear();
    outside = 0;
    plot->clearGraphs();
    setMarks({});
    follow = true;
    redraw();
}

}  // namespace molt::ui
