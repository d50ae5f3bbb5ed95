// The only user of QCustomPlot: graphs over pyramids, a buffered layer for the cross hair, colours from the palette.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_view.h"

#include <qcustomplot.h>
// The header needs Qt's keywords; our own headers have a member of this name.
#undef emit

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <cmath>

#include "ui/models/min_max_pyramid.h"
#include "ui/models/plot_range.h"
#include "ui/models/run_texts.h"
#include "ui/models/smoothing.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr double kRawPenWidth = 1.0;
constexpr double kSmoothPenWidth = 2.0;  // over at most two points a pixel column
constexpr double kKeyZoom = 0.8, kKeyPan = 0.15;

struct Curve {
    QString key, label;
    std::vector<double> x, y;
    MinMaxPyramid raw, smooth;
    Smoother smoother{0};
    QCPGraph* rawGraph = nullptr;
    QCPGraph* smoothGraph = nullptr;
};

/// QCustomPlot's own box zoom and drag, with the modifiers that TensorBoard's users know.
class Chart : public QCustomPlot {
public:
    using QCustomPlot::QCustomPlot;
    std::function<void()> onUserRange;
    std::function<void()> onFit;
    std::function<bool(QKeyEvent*)> onKey;

protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (!onKey(event)) QCustomPlot::keyPressEvent(event);
    }
    void mousePressEvent(QMouseEvent* event) override {
        const bool pan = event->button() == Qt::MiddleButton || event->modifiers().testFlag(Qt::ShiftModifier);
        setSelectionRectMode(pan ? QCP::srmNone : QCP::srmZoom);
        setInteraction(QCP::iRangeDrag, pan);
        pressed_ = event->pos();
        QCustomPlot::mousePressEvent(event);
    }
    void mouseReleaseEvent(QMouseEvent* event) override {
        QCustomPlot::mouseReleaseEvent(event);
        if ((event->pos() - pressed_).manhattanLength() > 4) onUserRange();
    }
    void mouseDoubleClickEvent(QMouseEvent* event) override {
        event->accept();
        onFit();
    }
    void wheelEvent(QWheelEvent* event) override {
        // A plain wheel scrolls the page.
        if (!event->modifiers().testFlag(Qt::ControlModifier)) return event->ignore();
        QCustomPlot::wheelEvent(event);
        onUserRange();
    }

private:
    QPoint pressed_;
};

}  // namespace

struct PlotView::Impl {
    PlotView* view = nullptr;
    QLabel* title = nullptr;
    QLabel* badge = nullptr;
    Chart* plot = nullptr;
    QCPItemStraightLine* cross = nullptr;
    QCPItemText* readout = nullptr;
    std::vector<std::unique_ptr<Curve>> curves;
    double smoothing = 0.6;
    bool logY = false;
    bool follow = true;
    RangeKind rangeKind = RangeKind::WithoutOutliers;
    QString name;
    int outside = 0;

    Curve& curve(const QString& key, const QString& label);
    void extend(Curve& curve, std::size_t from) const;
    void rebuild(Curve& curve) const { extend(curve, 0); }
    void fillGraphs();
    void fitRange();
    void redraw();
    void recolor();
    void hover(const QPoint& position);
    bool key(QKeyEvent* event);
    int count(bool (*hidden)(double)) const;
    void describe();
};

Curve& PlotView::Impl::curve(const QString& key, const QString& label) {
    for (auto& known : curves) {
        if (known->key == key) {
            known->label = label;
            return *known;
        }
    }
    auto& made = *curves.emplace_back(std::make_unique<Curve>());
    made.key = key;
    made.label = label;
    made.rawGraph = plot->addGraph();
    made.smoothGraph = plot->addGraph();
    recolor();
    return made;
}

/// Takes the points from `from` on into the pyramids; 0 starts anew.
void PlotView::Impl::extend(Curve& curve, std::size_t from) const {
    if (from == 0) {
        curve.raw.clear();
        curve.smooth.clear();
        curve.smoother = Smoother(smoothing);
    }
    for (std::size_t i = from; i < curve.x.size(); ++i) {
        const bool shown = std::isfinite(curve.y[i]) && (!logY || curve.y[i] > 0);
        const double y = shown ? curve.y[i] : std::nan("");
        curve.raw.append(curve.x[i], y);
        if (shown) curve.smooth.append(curve.x[i], curve.smoother.push(y));
    }
}

void PlotView::Impl::fillGraphs() {
    const QCPRange range = plot->xAxis->range();
    const auto columns = static_cast<std::size_t>(std::max(plot->axisRect()->width(), 50));
    for (auto& curve : curves) {
        for (auto [graph, pyramid] : {std::pair{curve->rawGraph, &curve->raw}, {curve->smoothGraph, &curve->smooth}}) {
            QVector<QCPGraphData> points;
            for (const auto& point : pyramid->visible(range.lower, range.upper, columns))
                points.push_back({point.x, point.y});
            graph->data()->set(points, true);
        }
        // A few points, as from evaluations, are easier to see as dots.
        const bool few = curve->x.size() <= 40;
        curve->smoothGraph->setScatterStyle(
            QCPScatterStyle(few ? QCPScatterStyle::ssDisc : QCPScatterStyle::ssNone, 5));
        curve->rawGraph->setVisible(smoothing > 0 && !few);
    }
}

void PlotView::Impl::fitRange() {
    double left = INFINITY, right = -INFINITY;
    std::vector<double> values;
    for (const auto& curve : curves) {
        if (curve->x.empty()) continue;
        left = std::min(left, curve->x.front());
        right = std::max(right, curve->x.back());
        values.insert(values.end(), curve->y.begin(), curve->y.end());
    }
    if (!(left <= right)) return;
    const double pad = left == right ? 1 : 0.015 * (right - left);
    plot->xAxis->setRange(left - pad, right + pad);
    const PlotRange range = ui::fitRange(std::move(values), rangeKind, logY);
    outside = range.outside;
    plot->yAxis->setRange(range.lower, range.upper);
}

int PlotView::Impl::count(bool (*hidden)(double)) const {
    int sum = 0;
    for (const auto& curve : curves) sum += static_cast<int>(std::count_if(curve->y.begin(), curve->y.end(), hidden));
    return sum;
}

void PlotView::Impl::describe() {
    QStringList parts;
    QString heading = QStringLiteral("<b>%1</b>").arg(name.toHtmlEscaped());
    for (const auto& curve : curves) {
        if (curve->y.empty()) continue;
        parts << QStringLiteral("%1: %2").arg(curve->label, numberText(curve->y.back()));
        heading += QStringLiteral(" &nbsp; <span style='color:%1'>\u25a0</span> %2")
                       .arg(curve->smoothGraph->pen().color().name(), parts.back().toHtmlEscaped());
    }
    title->setText(heading);
    view->setAccessibleDescription(parts.join(QStringLiteral("; ")));
    QStringList badges;
    if (follow && outside > 0) badges << PlotView::tr("%n point(s) outside", nullptr, outside);
    if (const int hiddenPoints = view->hiddenByLog(); hiddenPoints > 0)
        badges << PlotView::tr("%n value(s) at or below 0 not shown", nullptr, hiddenPoints);
    if (const int bad = view->nonFinite(); bad > 0) badges << PlotView::tr("%n non-finite value(s)", nullptr, bad);
    badge->setText(badges.join(QStringLiteral(" \u00b7 ")));
    badge->setVisible(!badges.isEmpty());
}

void PlotView::Impl::redraw() {
    if (follow) fitRange();
    fillGraphs();
    describe();
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotView::Impl::recolor() {
    const QPalette palette = view->palette();
    const QColor text = palette.color(QPalette::WindowText), faint = palette.color(QPalette::Mid);
    plot->setBackground(QBrush(isDark() ? QColor("#232933") : QColor("#ffffff")));
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
    for (auto& curve : curves) {
        QColor color = seriesColor(index++);
        curve->smoothGraph->setPen(QPen(color, kSmoothPenWidth));
        color.setAlphaF(0.35);
        curve->rawGraph->setPen(QPen(color, kRawPenWidth));
    }
    cross->setPen(QPen(faint.darker(), 1, Qt::DashLine));
    readout->setColor(text);
    QColor ground = palette.color(QPalette::ToolTipBase);
    ground.setAlphaF(0.92);
    readout->setBrush(ground);
    readout->setPen(QPen(faint));
    readout->setFont(view->font());
}

void PlotView::Impl::hover(const QPoint& position) {
    const double x = plot->xAxis->pixelToCoord(position.x());
    double step = NAN;
    QStringList lines;
    for (const auto& curve : curves) {
        if (curve->x.empty()) continue;
        auto after = std::lower_bound(curve->x.begin(), curve->x.end(), x);
        if (after == curve->x.end() || (after != curve->x.begin() && x - *(after - 1) < *after - x)) --after;
        const auto at = static_cast<std::size_t>(after - curve->x.begin());
        if (std::isnan(step)) step = curve->x[at];
        lines << QStringLiteral("%1  %2").arg(curve->label, numberText(curve->y[at]));
    }
    const bool inside = plot->axisRect()->rect().contains(position) && !lines.isEmpty();
    cross->setVisible(inside);
    readout->setVisible(inside);
    if (inside) {
        cross->point1->setCoords(step, 0);
        cross->point2->setCoords(step, 1);
        cross->point1->setType(QCPItemPosition::ptPlotCoords);
        cross->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
        cross->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
        lines.prepend(PlotView::tr("step %1").arg(QLocale().toString(static_cast<qint64>(step))));
        readout->setText(lines.join(QLatin1Char('\n')));
        const bool left = position.x() < plot->axisRect()->center().x();
        readout->position->setPixelPosition(QPointF(position.x() + (left ? 14 : -14), plot->axisRect()->top() + 8));
        readout->setPositionAlignment((left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignTop);
    }
    plot->layer(QStringLiteral("hover"))->replot();
}

bool PlotView::Impl::key(QKeyEvent* event) {
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

PlotView::PlotView(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
    impl_->view = this;
    impl_->title = new QLabel(this);
    impl_->badge = new QLabel(this);
    markSecondary(impl_->badge);
    impl_->badge->hide();
    impl_->plot = new Chart(this);
    impl_->plot->setFocusPolicy(Qt::StrongFocus);
    auto* head = new QHBoxLayout;
    head->addWidget(impl_->title);
    head->addStretch();
    head->addWidget(impl_->badge);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(head);
    layout->addWidget(impl_->plot, 1);

    Chart* plot = impl_->plot;
    plot->addLayer(QStringLiteral("hover"));
    plot->layer(QStringLiteral("hover"))->setMode(QCPLayer::lmBuffered);
    plot->axisRect()->setRangeZoom(Qt::Horizontal | Qt::Vertical);
    plot->setInteraction(QCP::iRangeZoom);
    plot->xAxis->setNumberFormat(QStringLiteral("gb"));
    plot->yAxis->setNumberFormat(QStringLiteral("gb"));
    impl_->cross = new QCPItemStraightLine(plot);
    impl_->readout = new QCPItemText(plot);
    impl_->readout->setPadding(QMargins(6, 4, 6, 4));
    impl_->readout->setTextAlignment(Qt::AlignLeft);
    impl_->readout->position->setType(QCPItemPosition::ptAbsolute);
    for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{impl_->cross, impl_->readout}) {
        item->setLayer(QStringLiteral("hover"));
        item->setVisible(false);
    }
    plot->onUserRange = [this] {
        impl_->follow = false;
        impl_->redraw();
    };
    plot->onFit = [this] { fit(); };
    connect(plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) { impl_->hover(event->pos()); });
    plot->onKey = [this](QKeyEvent* event) { return impl_->key(event); };
    impl_->recolor();
}

PlotView::~PlotView() = default;

void PlotView::setTitle(const QString& title) {
    impl_->name = title;
    impl_->describe();
    setAccessibleName(title);
    impl_->plot->setAccessibleName(title);
}

void PlotView::setSeries(const QString& key, const QString& label, const std::vector<double>& x,
                         const std::vector<double>& y) {
    Curve& curve = impl_->curve(key, label);
    const std::size_t known = curve.x.size();
    const bool grew =
        known > 0 && known <= x.size() && x[known - 1] == curve.x.back() && y[known - 1] == curve.y.back();
    curve.x = x;
    curve.y = y;
    impl_->extend(curve, grew ? known : 0);
    impl_->redraw();
}

void PlotView::clear() {
    impl_->curves.clear();
    impl_->outside = 0;
    impl_->plot->clearGraphs();
    impl_->follow = true;
    impl_->redraw();
}

void PlotView::setSmoothing(double weight) {
    impl_->smoothing = std::clamp(weight, 0.0, 0.999);
    for (auto& curve : impl_->curves) impl_->rebuild(*curve);
    impl_->redraw();
}

void PlotView::setLogY(bool on) {
    impl_->logY = on;
    QCPAxis* axis = impl_->plot->yAxis;
    axis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis->setTicker(on ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                       : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    for (auto& curve : impl_->curves) impl_->rebuild(*curve);
    impl_->follow = true;
    impl_->redraw();
}

void PlotView::setIgnoreOutliers(bool on) {
    impl_->rangeKind = on ? RangeKind::WithoutOutliers : RangeKind::Everything;
    fit();
}

void PlotView::fit() {
    impl_->follow = true;
    impl_->redraw();
}

bool PlotView::following() const { return impl_->follow; }
int PlotView::hiddenByLog() const {
    return impl_->logY ? impl_->count([](double y) { return std::isfinite(y) && y <= 0; }) : 0;
}
int PlotView::nonFinite() const {
    return impl_->count([](double y) { return !std::isfinite(y); });
}
int PlotView::outside() const { return impl_->outside; }
double PlotView::lowerY() const { return impl_->plot->yAxis->range().lower; }
double PlotView::upperY() const { return impl_->plot->yAxis->range().upper; }
double PlotView::rawPenWidth() const { return kRawPenWidth; }

void PlotView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange ||
        event->type() == QEvent::FontChange) {
        impl_->recolor();
        impl_->describe();
        impl_->plot->replot(QCustomPlot::rpQueuedReplot);
    }
    QWidget::changeEvent(event);
}

void PlotView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    impl_->fillGraphs();
}

}  // namespace molt::ui
