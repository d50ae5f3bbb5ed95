// A sortable, filterable table over RunListModel and the actions on the chosen run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/history_page.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QUrl>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/spec/recipe.h"
#include "ui/models/run_list_model.h"
#include "ui/services/run_launcher.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

namespace {

/// Paints the state column in the state's colour, with a dot, so that colour is never the only sign.
class StateDelegate : public QStyledItemDelegate {
public:
    StateDelegate(const QSortFilterProxyModel* proxy, const RunListModel* model, QObject* parent)
        : QStyledItemDelegate(parent), proxy_(proxy), model_(model) {}

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
        QStyledItemDelegate::initStyleOption(option, index);
        option->text = QStringLiteral("\u25cf ") + option->text;
        option->palette.setColor(QPalette::Text, stateColor(model_->run(proxy_->mapToSource(index).row()).state));
    }

private:
    const QSortFilterProxyModel* proxy_;
    const RunListModel* model_;
};

}  // namespace

struct HistoryPage::Impl {
    AppContext& context;
    HistoryPage* page;
    RunListModel model;
    QSortFilterProxyModel proxy;
    QTableView* table = nullptr;
    QLineEdit* filter = nullptr;
    QLabel* empty = nullptr;
    QPushButton *open = nullptr, *chat = nullptr, *resume = nullptr, *folder = nullptr, *remove = nullptr;

    Impl(AppContext& app, HistoryPage* owner) : context(app), page(owner) {}
    const RunSummary* chosen() const;
    void updateButtons();
    void deleteChosen();
    template <class Action>
    void attempt(Action&& action);
};

template <class Action>
void HistoryPage::Impl::attempt(Action&& action) {
    try {
        action();
        context.feed->refresh();
    } catch (...) {
        const Failure problem = describe_current_exception();
        Q_EMIT page->noticed(QString::fromStdString(problem.message + " " + problem.hint));
    }
}

const RunSummary* HistoryPage::Impl::chosen() const {
    const QModelIndexList rows = table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : &model.run(proxy.mapToSource(rows.front()).row());
}

void HistoryPage::Impl::updateButtons() {
    const RunSummary* run = chosen();
    const QString state = run ? run->state : QString();
    open->setEnabled(run != nullptr);
    folder->setEnabled(run != nullptr);
    chat->setEnabled(run != nullptr && !run->modelPath.isEmpty());
    static const QStringList resumable = {"stopped", "interrupted", "failed", "released"};
    static const QStringList alive = {"starting", "running", "held", "stopping"};
    resume->setEnabled(resumable.contains(state));
    remove->setEnabled(run != nullptr && !alive.contains(state));
    empty->setVisible(model.rowCount() == 0);
    table->setVisible(model.rowCount() > 0);
    filter->setEnabled(model.rowCount() > 0);
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
    if (answer == QMessageBox::Yes) attempt([&] { context.launcher->remove(id, true); });
}

HistoryPage::HistoryPage(AppContext& context, QWidget* parent)
    : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.proxy.setSourceModel(&d.model);
    d.proxy.setSortRole(RunListModel::kSortRole);
    d.proxy.setFilterCaseSensitivity(Qt::CaseInsensitive);
    d.proxy.setFilterKeyColumn(-1);
    d.table = new QTableView;
    d.table->setModel(&d.proxy);
    d.table->setSelectionBehavior(QAbstractItemView::SelectRows);
    d.table->setSelectionMode(QAbstractItemView::SingleSelection);
    d.table->setSortingEnabled(true);
    d.table->sortByColumn(RunListModel::Started, Qt::DescendingOrder);
    d.table->setShowGrid(false);
    d.table->setAlternatingRowColors(true);
    d.table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    d.table->verticalHeader()->hide();
    d.table->verticalHeader()->setDefaultSectionSize(d.table->fontMetrics().height() + 14);
    d.table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    d.table->horizontalHeader()->setSectionResizeMode(RunListModel::Name, QHeaderView::Stretch);
    d.table->setItemDelegateForColumn(RunListModel::State, new StateDelegate(&d.proxy, &d.model, this));
    d.table->setTabKeyNavigation(false);
    d.filter = new QLineEdit;
    d.filter->setClearButtonEnabled(true);
    d.filter->setMaximumWidth(340);
    d.empty = new QLabel;
    d.empty->setAlignment(Qt::AlignCenter);
    markSecondary(d.empty);
    auto* buttons = new QHBoxLayout;
    for (QPushButton** button : {&d.open, &d.chat, &d.resume, &d.folder, &d.remove}) {
        *button = new QPushButton;
        buttons->addWidget(*button);
    }
    d.open->setProperty("primary", true);
    buttons->insertStretch(4);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->setSpacing(10);
    layout->addWidget(d.filter);
    layout->addWidget(d.table, 1);
    layout->addWidget(d.empty, 1);
    layout->addLayout(buttons);

    connect(d.filter, &QLineEdit::textChanged, &d.proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(context.feed, &RunFeed::runsChanged, this, [&d] {
        d.model.setRuns(d.context.feed->runs());
        if (d.chosen() == nullptr && d.proxy.rowCount() > 0) d.table->selectRow(0);
        d.updateButtons();
    });
    connect(d.table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [&d] { d.updateButtons(); });
    const auto openChosen = [this, &d] {
        if (const RunSummary* run = d.chosen()) Q_EMIT openRunRequested(run->row.id);
    };
    connect(d.table, &QTableView::activated, this, openChosen);
    connect(d.open, &QPushButton::clicked, this, openChosen);
    connect(d.resume, &QPushButton::clicked, this, [&d] {
        if (const RunSummary* run = d.chosen()) d.attempt([&] { d.context.launcher->resume(run->row.id); });
    });
    connect(d.folder, &QPushButton::clicked, this, [&d] {
        if (const RunSummary* run = d.chosen()) {
            const std::filesystem::path folder =
                d.context.database.parent_path() / "runs" / std::to_string(run->row.id);
            QDesktopServices::openUrl(QUrl::fromLocalFile(QString::fromStdString(folder.string())));
        }
    });
    connect(d.chat, &QPushButton::clicked, this, [this, &d] {
        if (const RunSummary* run = d.chosen()) {
            const RunConfig config = recipe_from_json(parse_json(run->row.config, "run"), "run");
            Q_EMIT chatRequested(QString::fromStdString(config.teacher), run->modelPath);
        }
    });
    connect(d.remove, &QPushButton::clicked, this, [&d] { d.deleteChosen(); });
    retranslate();
    d.model.setRuns(context.feed->runs());
    d.updateButtons();
}

HistoryPage::~HistoryPage() = default;

void HistoryPage::retranslate() {
    Impl& d = *impl_;
    d.filter->setPlaceholderText(tr("Filter runs"));
    d.filter->setAccessibleName(tr("Filter runs"));
    d.table->setAccessibleName(tr("Runs"));
    d.empty->setText(tr("Runs appear here once one was started."));
    d.open->setText(tr("Open"));
    d.chat->setText(tr("Chat"));
    d.resume->setText(tr("Resume"));
    d.folder->setText(tr("Open folder"));
    d.remove->setText(tr("Delete\u2026"));
    d.model.retranslate();
}

}  // namespace molt::ui
