// Lanes answer one after the other, so that each has the machine to itself and the speeds can be compared.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/chat_page.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "core/spec/recipe.h"
#include "core/store/experiment_store.h"
#include "ui/models/chat_tree.h"
#include "ui/panels/chat_lane.h"
#include "ui/services/run_feed.h"
#include "ui/widgets/composer.h"
#include "ui/widgets/theme.h"

namespace molt::ui {

struct ChatPage::Impl {
    AppContext& context;
    ChatPage* page;
    ChatTree tree;
    qint64 conversation = 0;
    int position = -1, lane = -1;  // what is being answered; lane -1: nothing
    int editing = -1;
    std::vector<ChatLane*> lanes;
    Composer* composer = nullptr;
    QPushButton *send = nullptr, *stop = nullptr, *fresh = nullptr, *remove = nullptr;
    QListWidget* list = nullptr;
    QLabel *listTitle = nullptr, *hint = nullptr, *temperatureLabel = nullptr, *lengthLabel = nullptr,
           *seedLabel = nullptr;
    QDoubleSpinBox* temperature = nullptr;
    QSpinBox *length = nullptr, *seed = nullptr;

    Impl(AppContext& app, ChatPage* owner) : context(app), page(owner) {}
    QWidget* makeSide();
    QWidget* makeSettings();
    QWidget* makeBottom();
    SamplingParams sampling() const;
    void submit();
    void answer(int at);
    void next();
    void ended(int index, const LaneReply& reply);
    void showAll();
    void updateButtons();
    void fillChoices();
    void save();
    void fillList();
    void open(qint64 id);
    void startNew();
    template <class Action>
    void stored(Action&& action);
};

template <class Action>
void ChatPage::Impl::stored(Action&& action) {
    try {
        ExperimentStore store(context.database);
        action(store);
    } catch (...) {
        const Failure problem = describe_current_exception();
        Q_EMIT page->noticed(QString::fromStdString(problem.message + " " + problem.hint));
    }
}

QWidget* ChatPage::Impl::makeSide() {
    auto* side = new QWidget;
    listTitle = new QLabel;
    list = new QListWidget;
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setTextElideMode(Qt::ElideRight);
    listTitle->setBuddy(list);
    fresh = new QPushButton;
    remove = new QPushButton;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(listTitle);
    layout->addWidget(list, 1);
    layout->addWidget(fresh);
    layout->addWidget(remove);
    return side;
}

QWidget* ChatPage::Impl::makeSettings() {
    auto* bar = new QWidget;
    const SamplingParams defaults;
    temperatureLabel = new QLabel;
    lengthLabel = new QLabel;
    seedLabel = new QLabel;
    temperature = new QDoubleSpinBox;
    temperature->setRange(0, 10);
    temperature->setSingleStep(0.1);
    temperature->setValue(0);
    length = new QSpinBox;
    length->setRange(1, 1000000);
    length->setValue(static_cast<int>(defaults.max_tokens));
    seed = new QSpinBox;
    seed->setRange(0, 1000000000);
    seed->setValue(static_cast<int>(defaults.seed));
    temperatureLabel->setBuddy(temperature);
    lengthLabel->setBuddy(length);
    seedLabel->setBuddy(seed);
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(0, 0, 0, 0);
    for (const auto& [label, box] :
         {std::pair<QLabel*, QWidget*>{temperatureLabel, temperature}, {lengthLabel, length}, {seedLabel, seed}}) {
        layout->addWidget(label);
        layout->addWidget(box);
        layout->addSpacing(10);
    }
    layout->addStretch();
    hint = new QLabel;
    markSecondary(hint);
    layout->addWidget(hint);
    return bar;
}

QWidget* ChatPage::Impl::makeBottom() {
    auto* bottom = new QWidget;
    composer = new Composer;
    send = new QPushButton;
    send->setProperty("primary", true);
    stop = new QPushButton;
    auto* buttons = new QVBoxLayout;
    buttons->addWidget(send);
    buttons->addWidget(stop);
    auto* layout = new QHBoxLayout(bottom);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(composer, 1);
    layout->addLayout(buttons);
    return bottom;
}

SamplingParams ChatPage::Impl::sampling() const {
    SamplingParams params;
    params.temperature = temperature->value();
    params.max_tokens = length->value();
    params.seed = seed->value();
    return params;
}

void ChatPage::Impl::submit() {
    const QString question = composer->toPlainText().trimmed();
    if (question.isEmpty() || lane >= 0) return;
    composer->clear();
    const int at = editing >= 0 ? tree.branch(editing, question) : tree.ask(question);
    editing = -1;
    answer(at);
}

void ChatPage::Impl::answer(int at) {
    position = at;
    lane = -1;
    showAll();
    next();
}

void ChatPage::Impl::next() {
    ++lane;
    if (lane < static_cast<int>(lanes.size())) {
        updateButtons();
        // Later, so that a lane that ends at once does not nest.
        QMetaObject::invokeMethod(
            page,
            [this] { lanes[static_cast<std::size_t>(lane)]->reply(tree.messagesFor(lane, position), sampling()); },
            Qt::QueuedConnection);
        return;
    }
    lane = -1;
    save();
    updateButtons();
    composer->setFocus();
    Q_EMIT page->replied();
}

void ChatPage::Impl::ended(int index, const LaneReply& reply) {
    if (index != lane) return;
    tree.reply(position, index) = reply;
    lanes[static_cast<std::size_t>(index)]->view()->show(tree, index);
    next();
}

void ChatPage::Impl::showAll() {
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i]->view()->show(tree, static_cast<int>(i));
    updateButtons();
}

void ChatPage::Impl::updateButtons() {
    const bool busy = lane >= 0;
    send->setEnabled(!busy);
    stop->setEnabled(busy);
    remove->setEnabled(conversation > 0 && !busy);
    fresh->setEnabled(!busy);
    list->setEnabled(!busy);
}

void ChatPage::Impl::fillChoices() {
    QVector<std::pair<QString, QString>> teachers, hybrids;
    for (const RunSummary& run : context.feed->runs()) {
        if (run.modelPath.isEmpty()) continue;
        hybrids.push_back(
            {QStringLiteral("%1  #%2").arg(QString::fromStdString(run.row.name)).arg(run.row.id), run.modelPath});
        try {
            const QString teacher =
                QString::fromStdString(recipe_from_json(parse_json(run.row.config, "run"), "run").teacher);
            if (!teacher.isEmpty())
                teachers.push_back({ChatPage::tr("Teacher of %1").arg(QString::fromStdString(run.row.name)), teacher});
        } catch (const Error&) {
            continue;  // a run of another version: its model can still be chosen by its folder
        }
    }
    lanes[0]->setChoices(teachers + hybrids);
    lanes[1]->setChoices(hybrids + teachers);
    // The newest completed run is what people come here for.
    if (lanes[0]->model().isEmpty() && !teachers.isEmpty()) lanes[0]->setModel(teachers.front().second);
    if (lanes[1]->model().isEmpty() && !hybrids.isEmpty()) lanes[1]->setModel(hybrids.front().second);
}

void ChatPage::Impl::save() {
    json document = tree.toJson();
    document["models"] = {lanes[0]->model().toStdString(), lanes[1]->model().toStdString()};
    stored([&](ExperimentStore& store) {
        conversation = store.save_conversation(conversation, tree.title().toStdString(), document.dump());
    });
    fillList();
}

void ChatPage::Impl::fillList() {
    stored([&](ExperimentStore& store) {
        const QSignalBlocker quiet(list);
        list->clear();
        for (const auto& known : store.conversations()) {
            auto* item = new QListWidgetItem(QString::fromStdString(known.title), list);
            item->setToolTip(item->text());
            item->setData(Qt::UserRole, QVariant::fromValue<qint64>(known.id));
            if (known.id == conversation) list->setCurrentItem(item);
        }
    });
    updateButtons();
}

void ChatPage::Impl::open(qint64 id) {
    stored([&](ExperimentStore& store) {
        for (const auto& known : store.conversations()) {
            if (known.id != id) continue;
            const json document = parse_json(known.document, "conversation");
            tree = ChatTree::fromJson(document);
            conversation = id;
            const json models = document.value("models", json::array());
            for (std::size_t i = 0; i < lanes.size() && models.is_array() && i < models.size(); ++i)
                if (models[i].is_string()) lanes[i]->setModel(QString::fromStdString(models[i].get<std::string>()));
        }
    });
    showAll();
}

void ChatPage::Impl::startNew() {
    tree = ChatTree();
    conversation = 0;
    editing = -1;
    list->setCurrentRow(-1);
    showAll();
    composer->setFocus();
}

ChatPage::ChatPage(AppContext& context, QWidget* parent) : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    auto* lanes = new QSplitter(Qt::Horizontal);
    lanes->setChildrenCollapsible(false);
    for (const char* letter : {"A", "B"}) {
        d.lanes.push_back(new ChatLane(context.moltProgram, QString::fromLatin1(letter)));
        lanes->addWidget(d.lanes.back());
        lanes->setStretchFactor(lanes->count() - 1, 1);
    }
    auto* main = new QWidget;
    auto* column = new QVBoxLayout(main);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(lanes, 1);
    column->addWidget(d.makeSettings());
    column->addWidget(d.makeBottom());
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->addWidget(d.makeSide());
    splitter->addWidget(main);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({190, 900});
    splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->addWidget(splitter);

    for (std::size_t i = 0; i < d.lanes.size(); ++i) {
        const int index = static_cast<int>(i);
        connect(d.lanes[i], &ChatLane::ended, this, [&d, index](const LaneReply& reply) { d.ended(index, reply); });
        LaneView* view = d.lanes[i]->view();
        connect(view, &LaneView::editRequested, this, [&d](int position) {
            if (d.lane >= 0) return;
            d.editing = position;
            d.composer->setPlainText(d.tree.turn(position).question);
            d.composer->setFocus();
        });
        connect(view, &LaneView::regenerateRequested, this, [&d](int position) {
            if (d.lane >= 0) return;
            const QString question = d.tree.turn(position).question;
            d.answer(d.tree.branch(position, question));
        });
        connect(view, &LaneView::versionRequested, this, [&d](int position, int version) {
            if (d.lane >= 0) return;
            d.tree.showVersion(position, version);
            d.showAll();
        });
    }
    connect(d.composer, &Composer::sendRequested, this, [&d] { d.submit(); });
    connect(d.send, &QPushButton::clicked, this, [&d] { d.submit(); });
    const auto stop = [&d] {
        if (d.lane >= 0) d.lanes[static_cast<std::size_t>(d.lane)]->stop();
    };
    connect(d.stop, &QPushButton::clicked, this, stop);
    connect(new QShortcut(QKeySequence(Qt::Key_Escape), this), &QShortcut::activated, this, stop);
    connect(d.fresh, &QPushButton::clicked, this, [&d] { d.startNew(); });
    connect(d.remove, &QPushButton::clicked, this, [&d] {
        d.stored([&](ExperimentStore& store) { store.delete_conversation(d.conversation); });
        d.startNew();
        d.fillList();
    });
    connect(d.list, &QListWidget::currentItemChanged, this, [&d](QListWidgetItem* item) {
        if (item != nullptr) d.open(item->data(Qt::UserRole).toLongLong());
    });
    connect(context.feed, &RunFeed::runsChanged, this, [&d] { d.fillChoices(); });
    retranslate();
    d.fillChoices();
    d.fillList();
}

ChatPage::~ChatPage() = default;

void ChatPage::setModels(const QString& teacher, const QString& hybrid) {
    impl_->lanes[0]->setModel(teacher);
    impl_->lanes[1]->setModel(hybrid);
    impl_->startNew();
}

void ChatPage::ask(const QString& question) {
    impl_->composer->setPlainText(question);
    impl_->submit();
}

bool ChatPage::busy() const { return impl_->lane >= 0; }
bool ChatPage::ready() const { return !impl_->lanes[0]->model().isEmpty() && !impl_->lanes[1]->model().isEmpty(); }
const ChatTree& ChatPage::conversation() const { return impl_->tree; }

void ChatPage::retranslate() {
    Impl& d = *impl_;
    d.lanes[0]->retranslate(tr("teacher"));
    d.lanes[1]->retranslate(tr("hybrid"));
    d.listTitle->setText(tr("Conversations"));
    d.list->setAccessibleName(tr("Conversations"));
    d.fresh->setText(tr("New"));
    d.remove->setText(tr("Delete"));
    d.composer->setPlaceholderText(tr("Message \u2013 Enter sends, Shift+Enter starts a new line"));
    d.composer->setAccessibleName(tr("Message"));
    d.send->setText(tr("Send"));
    d.stop->setText(tr("Stop (Esc)"));
    d.temperatureLabel->setText(tr("Temperature"));
    d.temperature->setAccessibleName(tr("Temperature"));
    d.lengthLabel->setText(tr("Tokens at most"));
    d.length->setAccessibleName(tr("Tokens at most"));
    d.seedLabel->setText(tr("Seed"));
    d.seed->setAccessibleName(tr("Seed"));
    d.hint->setText(tr("The lanes answer one after the other, so that the speeds can be compared."));
}

}  // namespace molt::ui
