// A sortable, filterable table over RunListModel and the actions on the chosen run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/history_page.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/models/run_list_model.h"
#include "ui/models/run_texts.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

/// Room between columns.
class CellDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        return QStyledItemDelegate::sizeHint(option, index) + QSize(option.fontMetrics.averageCharWidth() * 4, 0);
    }
};

/// Paints the state column in the state's colour, with a dot, so that colour is never the only sign.
class StateDelegate : public CellDelegate {
public:
    StateDelegate(const QSortFilterProxyModel* proxy, const RunListModel* model, QObject* parent)
        : CellDelegate(parent), proxy_(proxy), model_(model) {}

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        CellDelegate::initStyleOption(option, index);
        option->text = QStringLiteral("\u25cf ") + option->text;
        option->palette.setColor(QPalette::Text, stateColor(model_->run(proxy_->mapToSource(index).row()).state));
    }

private:
    const QSortFilterProxyModel* proxy_;
    const RunListModel* model_;
};

/// Paints the held-out KL as a small curve without axes.
class CurveDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        const auto values = index.data(RunListModel::kCurveRole).value<QVector<double>>();
        if (values.size() < 2) return;
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        const QRectF place = QRectF(option.rect).adjusted(9, 6, -9, -6);
        QPolygonF line;
        for (qsizetype i = 0; i < values.size(); ++i) {
            const double across = static_cast<double>(i) / static_cast<double>(values.size() - 1);
            const double up = *high > *low ? (values[i] - *low) / (*high - *low) : 0.5;
            line << QPointF(place.left() + across * place.width(), place.bottom() - up * place.height());
        }
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(selected ? option.palette.color(QPalette::HighlightedText) : seriesColor(0), 1.5));
        painter->drawPolyline(line);
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        return {option.fontMetrics.averageCharWidth() * 16, QStyledItemDelegate::sizeHint(option, index).height()};
    }
};

}  // namespace

struct HistoryPage::Impl {
    AppContext& context;
    HistoryPage* page;
    RunListModel model;
    QSortFilterProxyModel proxy;
    QStackedLayout* stack = nullptr;
    EmptyState* empty = nullptr;
    QTableView* table = nullptr;
    QLineEdit* filter = nullptr;
    QLabel* details = nullptr;
    QPushButton *open = nullptr, *chat = nullptr, *resume = nullptr, *recipe = nullptr, *folder = nullptr,
                *remove = nullptr;

    Impl(AppContext& app, HistoryPage* owner) : context(app), page(owner) {}
    void makeTable();
    QWidget* makeList();
    void connectButtons();
    const RunSummary* chosen() const;
    void takeRuns();
    void update();
    void showDetails(const RunSummary* run);
    void deleteChosen();
};

const RunSummary* HistoryPage::Impl::chosen() const {
    const QModelIndexList rows = table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : &model.run(proxy.mapToSource(rows.front()).row());
}

void HistoryPage::Impl::update() {
    const RunSummary* run = chosen();
    const QString state = run ? run->state : QString();
    static const QStringList resumable = {"stopped", "interrupted", "failed", "released"};
    for (QPushButton* button : {open, folder, recipe}) button->setEnabled(run != nullptr);
    chat->setEnabled(run != nullptr && !run->modelPath.isEmpty());
    resume->setEnabled(resumable.contains(state));
    remove->setEnabled(run != nullptr && (state == QLatin1String("queued") || !isUnderWay(state)));
    showDetails(run);
}

void HistoryPage::Impl::showDetails(const RunSummary* run) {
    details->setVisible(run != nullptr);
    if (run == nullptr) return;
    QString rows;
    const auto add = [&](const QString& name, const QString& value) {
        if (value.isEmpty()) return;
        rows += QStringLiteral("<tr><td style='padding:1px 18px 1px 0'>%1</td><td style='padding:1px 0'>%2</td></tr>")
                    .arg(name, value.toHtmlEscaped());
    };
    const QString name = QStringLiteral("%1  #%2").arg(QString::fromStdString(run->row.name)).arg(run->row.id);
    add(HistoryPage::tr("Teacher"), run->teacher);
    add(HistoryPage::tr("Hybrid"), run->student.isEmpty() ? QString() : studentText(run->student));
    add(HistoryPage::tr("Model"), run->modelPath);
    add(HistoryPage::tr("Device"), QString::fromStdString(run->row.device));
    if (run->row.attempt > 1) add(HistoryPage::tr("Attempts"), QString::number(run->row.attempt));
    add(HistoryPage::tr("Created"), dateText(run->row.created));
    details->setText(QStringLiteral("<b>%1</b><table>%2</table>").arg(name.toHtmlEscaped(), rows));
}

void HistoryPage::Impl::takeRuns() {
    model.setRuns(context.feed->runs());
    stack->setCurrentIndex(model.rowCount() == 0 ? 0 : 1);
    if (chosen() == nullptr && proxy.rowCount() > 0) table->selectRow(0);
    update();
}

void HistoryPage::Impl::deleteChosen() {
    const RunSummary* run = chosen();
    if (run == nullptr) return;
    const qint64 id = run->row.id;
    const auto answer = QMessageBox::question(
        page, HistoryPage::tr("Delete run"),
        HistoryPage::tr("Delete %1 (#%2) with its curves, checkpoints and models? This cannot be undone.")
            .arg(QString::fromStdString(run->row.name))
            .arg(id),
        QMessageBox::Cancel | QMessageBox::Yes, QMessageBox::Cancel);
    if (answer != QMessageBox::Yes) return;
    if (page->attempt([&] { context.launcher->remove(id, true); })) context.feed->refresh();
}

void HistoryPage::Impl::makeTable() {
    proxy.setSourceModel(&model);
    proxy.setSortRole(RunListModel::kSortRole);
    proxy.setFilterCaseSensitivity(Qt::CaseInsensitive);
    proxy.setFilterKeyColumn(-1);
    table = new QTableView;
    table->setModel(&proxy);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setSortingEnabled(true);
    table->sortByColumn(RunListModel::Started, Qt::DescendingOrder);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 16);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(RunListModel::Name, QHeaderView::Stretch);
    table->setItemDelegate(new CellDelegate(page));
    table->setItemDelegateForColumn(RunListModel::State, new StateDelegate(&proxy, &model, page));
    table->setItemDelegateForColumn(RunListModel::Curve, new CurveDelegate(page));
}

QWidget* HistoryPage::Impl::makeList() {
    auto* view = new QWidget;
    makeTable();
    filter = new QLineEdit;
    filter->setClearButtonEnabled(true);
    filter->setMaximumWidth(340);
    details = new QLabel;
    details->setMargin(12);
    details->setProperty("banner", true);
    details->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* buttons = new QHBoxLayout;
    for (QPushButton** button : {&open, &chat, &resume, &recipe, &folder, &remove}) {
        *button = new QPushButton;
        buttons->addWidget(*button);
    }
    open->setProperty("primary", true);
    buttons->insertStretch(5);
    auto* layout = new QVBoxLayout(view);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->setSpacing(10);
    layout->addWidget(filter);
    layout->addWidget(table, 1);
    layout->addWidget(details);
    layout->addLayout(buttons);
    return view;
}

void HistoryPage::Impl::connectButtons() {
    const auto openChosen = [this] {
        if (const RunSummary* run = chosen()) Q_EMIT page->openRunRequested(run->row.id);
    };
    QObject::connect(table, &QTableView::activated, page, openChosen);
    QObject::connect(open, &QPushButton::clicked, page, openChosen);
    QObject::connect(resume, &QPushButton::clicked, page, [this] {
        const RunSummary* run = chosen();
        if (run == nullptr) return;
        const qint64 id = run->row.id;
        if (!page->attempt([&] { context.launcher->resume(id); })) return;
        context.feed->refresh();
        Q_EMIT page->openRunRequested(id);
    });
    QObject::connect(recipe, &QPushButton::clicked, page, [this] {
        if (const RunSummary* run = chosen()) Q_EMIT page->recipeRequested(QString::fromStdString(run->row.config));
    });
    QObject::connect(folder, &QPushButton::clicked, page, [this] {
        if (const RunSummary* run = chosen())
            QDesktopServices::openUrl(
                QUrl::fromLocalFile(QString::fromStdString(context.launcher->runFolder(run->row.id).string())));
    });
    QObject::connect(chat, &QPushButton::clicked, page, [this] {
        if (const RunSummary* run = chosen()) Q_EMIT page->chatRequested(run->teacher, run->modelPath);
    });
    QObject::connect(remove, &QPushButton::clicked, page, [this] { deleteChosen(); });
}

HistoryPage::HistoryPage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.empty = new EmptyState;
    d.stack = new QStackedLayout(this);
    d.stack->addWidget(d.empty);
    d.stack->addWidget(d.makeList());
    connect(d.empty, &EmptyState::actionRequested, this,
            [this] { Q_EMIT configureRequested(QStringLiteral("tiny-demo")); });
    connect(d.filter, &QLineEdit::textChanged, this, [&d](const QString& text) {
        d.proxy.setFilterFixedString(text);
        if (d.chosen() == nullptr && d.proxy.rowCount() > 0) d.table->selectRow(0);
        d.update();
    });
    connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, d.filter, [&d] { d.filter->setFocus(); });
    connect(context.feed, &RunFeed::runsChanged, this, [&d] { d.takeRuns(); });
    connect(d.table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [&d] { d.update(); });
    d.connectButtons();
    retranslate();
    d.takeRuns();
}

HistoryPage::~HistoryPage() = default;

void HistoryPage::retranslate() {
    Impl& d = *impl_;
    d.empty->setTexts(tr("No runs yet"),
                      tr("Every run is kept here with its curves, checkpoints and models: to look at it again, resume "
                         "it, chat with its model or start a variation of it."),
                      tr("Set up the tiny demo"));
    d.filter->setPlaceholderText(tr("Filter runs (Ctrl+F)"));
    d.filter->setAccessibleName(tr("Filter runs"));
    d.table->setAccessibleName(tr("Runs"));
    d.open->setText(tr("&Open"));
    d.chat->setText(tr("&Chat"));
    d.resume->setText(tr("&Resume"));
    d.recipe->setText(tr("&Start a variation\u2026"));
    d.recipe->setToolTip(tr("Takes the recipe of this run to Configure, to be changed and started as a new run"));
    d.folder->setText(tr("Open folder"));
    d.remove->setText(tr("&Delete\u2026"));
    d.model.retranslate();
    d.update();
}

}  // namespace molt::ui
