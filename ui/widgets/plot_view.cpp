// The only user of QCustomPlot: graphs over pyramids, a buffered layer for the cross hair, colours from the palette.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plot_view.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <cmath>

#include "ui/models/min_max_pyramid.h"
#include "ui/models/run_texts.h"
#include "ui/models/smoothing.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

constexpr double kRawPenWidth = 1.0;

struct Curve {
    QString key, label;
    std::vector<double> x, y;
    MinMaxPyramid raw, smooth;
    QCPGraph* rawGraph = nullptr;
    QCPGraph* smoothGraph = nullptr;
};

/// QCustomPlot's own box zoom and drag, with the modifiers that TensorBoard's users know.
class Chart : public QCustomPlot {
public:
    using QCustomPlot::QCustomPlot;
    std::function<void()> onUserRange;
    std::function<void()> onFit;

protected:
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
    bool logY = false, follow = true;

    Curve& curve(const QString& key, const QString& label);
    void rebuild(Curve& curve) const;
    void fillGraphs();
    void fitRange();
    void redraw();
    void recolor();
    void hover(const QPoint& position);
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

void PlotView::Impl::rebuild(Curve& curve) const {
    curve.raw.clear();
    curve.smooth.clear();
    Smoother smoother(smoothing);
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
        const bool shown = std::isfinite(curve.y[i]) && (!logY || curve.y[i] > 0);
        const double y = shown ? curve.y[i] : std::nan("");
        curve.raw.append(curve.x[i], y);
        if (shown) curve.smooth.append(curve.x[i], smoother.push(y));
    }
}

void PlotView::Impl::fillGraphs() {
    const QCPRange range = plot->xAxis->range();
    const auto columns = static_cast<std::size_t>(std::max(plot->axisRect()->width(), 50));
    for (auto& curve : curves) {
        for (auto [graph, pyramid] : {std::pair{curve->rawGraph, &curve->raw}, {curve->smoothGraph, &curve->smooth}}) {
            QVector<QCPGraphData> points;
            for (const auto& point : pyramid->visible(range.lower, range.upper, columns)) points.push_back({point.x, point.y});
            graph->data()->set(points, true);
        }
        // A few points, as from evaluations, are easier to see as dots.
        const bool few = curve->x.size() <= 40;
        curve->smoothGraph->setScatterStyle(QCPScatterStyle(few ? QCPScatterStyle::ssDisc : QCPScatterStyle::ssNone, 5));
        curve->rawGraph->setVisible(smoothing > 0 && !few);
    }
}

void PlotView::Impl::fitRange() {
    double left = INFINITY, right = -INFINITY, bottom = INFINITY, top = -INFINITY;
    for (const auto& curve : curves) {
        for (const auto& point : curve->smooth.points()) {
            left = std::min(left, point.x);
            right = std::max(right, point.x);
            bottom = std::min(bottom, point.y);
            top = std::max(top, point.y);
        }
    }
    if (!(left <= right)) return;
    if (left == right) right = left + 1;
    plot->xAxis->setRange(left, right);
    if (logY) {
        plot->yAxis->setRange(bottom / 1.15, top * 1.15);
    } else {
        const double margin = top > bottom ? 0.06 * (top - bottom) : std::max(std::abs(top) * 0.1, 1e-6);
        plot->yAxis->setRange(bottom - margin, top + margin);
    }
}

int PlotView::Impl::count(bool (*hidden)(double)) const {
    int sum = 0;
    for (const auto& curve : curves) sum += static_cast<int>(std::count_if(curve->y.begin(), curve->y.end(), hidden));
    return sum;
}

void PlotView::Impl::describe() {
    QStringList parts;
    for (const auto& curve : curves) {
        if (!curve->y.empty()) parts << QStringLiteral("%1: %2").arg(curve->label, numberText(curve->y.back()));
    }
    view->setAccessibleDescription(parts.join(QStringLiteral("; ")));
    QStringList badges;
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
        curve->smoothGraph->setPen(QPen(color, 1.0));
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
    impl_->recolor();
}

PlotView::~PlotView() = default;

void PlotView::setTitle(const QString& title) {
    impl_->title->setText(title);
    setAccessibleName(title);
    impl_->plot->setAccessibleName(title);
}

void PlotView::setSeries(const QString& key, const QString& label, const std::vector<double>& x, const std::vector<double>& y) {
    Curve& curve = impl_->curve(key, label);
    curve.x = x;
    curve.y = y;
    impl_->rebuild(curve);
    impl_->redraw();
}

void PlotView::clear() {
    impl_->curves.clear();
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
    axis->setTicker(on ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog) : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    for (auto& curve : impl_->curves) impl_->rebuild(*curve);
    impl_->follow = true;
    impl_->redraw();
}

void PlotView::fit() {
    impl_->follow = true;
    impl_->redraw();
}

bool PlotView::following() const { return impl_->follow; }
int PlotView::hiddenByLog() const {
    return impl_->logY ? impl_->count([](double y) { return std::isfinite(y) && y <= 0; }) : 0;
}
int PlotView::nonFinite() const { return impl_->count([](double y) { return !std::isfinite(y); }); }
double PlotView::lowerY() const { return impl_->plot->yAxis->range().lower; }
double PlotView::upperY() const { return impl_->plot->yAxis->range().upper; }
double PlotView::rawPenWidth() const { return kRawPenWidth; }

void PlotView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        impl_->recolor();
        impl_->plot->replot(QCustomPlot::rpQueuedReplot);
    }
    QWidget::changeEvent(event);
}

void PlotView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    impl_->fillGraphs();
}

}  // namespace molt::ui
