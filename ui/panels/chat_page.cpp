// Lanes answer one after the other, so that each has the machine to itself and the speeds can be compared.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/chat_page.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

#include "ui/models/chat_tree.h"
#include "ui/panels/chat_lane.h"
#include "ui/panels/conversation_list.h"
#include "ui/panels/sampling_bar.h"
#include "ui/services/conversations.h"
#include "ui/services/run_feed.h"
#include "ui/widgets/composer.h"

namespace molt::ui {

struct ChatPage::Impl {
    AppContext& context;
    ChatPage* page;
    Conversations stored;
    ChatTree tree;
    qint64 conversation = 0;
    int position = -1, lane = -1;  // what is being answered; lane -1: nothing
    int editing = -1;
    bool halted = false;  // the user wants no more of this answer, from no lane
    std::vector<ChatLane*> lanes;
    ConversationList* list = nullptr;
    SamplingBar* sampling = nullptr;
    NoticeCard* advice = nullptr;
    Composer* composer = nullptr;
    QPushButton *send = nullptr, *stop = nullptr;

    Impl(AppContext& app, ChatPage* owner) : context(app), page(owner), stored(app.database) {}
    QWidget* makeMain();
    QWidget* makeBottom();
    void connectLanes();
    void connectKeys();
    void submit();
    void answer(int at);
    void next();
    void ended(int index, const LaneReply& reply);
    void stopOrCancel();
    void edit(int at);
    void showAll();
    void updateButtons();
    void updateTexts();
    void fillChoices();
    void save();
    void fillList();
    void open(qint64 id);
    void startNew();
    void remove();
};

QWidget* ChatPage::Impl::makeMain() {
    auto* main = new QWidget;
    auto* both = new QSplitter(Qt::Horizontal);
    both->setChildrenCollapsible(false);
    for (const char* letter : {"A", "B"}) {
        lanes.push_back(new ChatLane(context.moltProgram, QString::fromLatin1(letter)));
        both->addWidget(lanes.back());
        both->setStretchFactor(both->count() - 1, 1);
    }
    advice = new NoticeCard(false);
    sampling = new SamplingBar;
    auto* column = new QVBoxLayout(main);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(advice);
    column->addWidget(both, 1);
    column->addWidget(sampling);
    column->addWidget(makeBottom());
    return main;
}

/// Stop takes the place of Send, so that the hand finds it.
QWidget* ChatPage::Impl::makeBottom() {
    auto* bottom = new QWidget;
    composer = new Composer;
    send = new QPushButton;
    send->setProperty("primary", true);
    stop = new QPushButton;
    auto* layout = new QHBoxLayout(bottom);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(composer, 1);
    for (QPushButton* button : {send, stop}) {
        button->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
        button->setMinimumWidth(button->fontMetrics().averageCharWidth() * 16);
        layout->addWidget(button);
    }
    return bottom;
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
    halted = false;
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
            [this] {
                lanes[static_cast<std::size_t>(lane)]->reply(tree.messagesFor(lane, position), sampling->params());
            },
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
    for (int rest = index + 1; halted && rest < static_cast<int>(lanes.size()); ++rest, ++lane)
        tree.reply(position, rest).stats = ChatPage::tr("stopped");
    showAll();
    next();
}

void ChatPage::Impl::stopOrCancel() {
    if (lane >= 0) {
        halted = true;
        return lanes[static_cast<std::size_t>(lane)]->stop();
    }
    if (editing < 0) return;
    editing = -1;
    composer->clear();
    updateButtons();
}

void ChatPage::Impl::edit(int at) {
    if (lane >= 0) return;
    editing = at;
    composer->setPlainText(tree.turn(at).question);
    composer->selectAll();
    composer->setFocus();
    updateButtons();
}

void ChatPage::Impl::showAll() {
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i]->view()->showConversation(tree, static_cast<int>(i));
    updateButtons();
}

void ChatPage::Impl::updateButtons() {
    const bool busy = lane >= 0;
    send->setVisible(!busy);
    stop->setVisible(busy);
    list->setBusy(busy);
    sampling->setHint(editing >= 0 ? ChatPage::tr("Editing an earlier message; Esc leaves it as it is")
                                   : ChatPage::tr("The lanes answer in turn, so that their speeds compare"));
}

/// What an empty lane and the card above the lanes say; both depend on whether there is a model to talk to.
void ChatPage::Impl::updateTexts() {
    const bool ready = page->ready();
    for (ChatLane* each : lanes) {
        each->view()->setPlaceholderText(
            ready ? ChatPage::tr("Ask something that both models know about.\n\nThe models of the tiny demo know a "
                                 "small world of names, things and places. Tell them \"Anna has a red kite.\", "
                                 "then ask \"What does Anna have?\"")
                  : ChatPage::tr("Choose a model above: a folder or a file."));
    }
    const QVector<RunSummary>& runs = context.feed->runs();
    const bool some =
        std::any_of(runs.begin(), runs.end(), [](const RunSummary& run) { return !run.modelPath.isEmpty(); });
    if (ready || some) return advice->clear();
    advice->present({ChatPage::tr("There is no finished hybrid yet."),
                     ChatPage::tr("The tiny demo makes one in about half a minute. Or choose any model for each "
                                  "lane."),
                     false,
                     {{ChatPage::tr("Set up the tiny demo"),
                       [this] { Q_EMIT page->configureRequested(QStringLiteral("tiny-demo")); }}}});
}

void ChatPage::Impl::fillChoices() {
    QVector<std::pair<QString, QString>> teachers, hybrids;
    QStringList seen;
    for (const RunSummary& run : context.feed->runs()) {
        if (run.modelPath.isEmpty()) continue;
        const QString name = QString::fromStdString(run.row.name);
        hybrids.push_back({QStringLiteral("%1  #%2").arg(name).arg(run.row.id), run.modelPath});
        if (run.teacher.isEmpty() || seen.contains(run.teacher)) continue;
        seen << run.teacher;
        teachers.push_back({ChatPage::tr("Teacher of %1").arg(name), run.teacher});
    }
    lanes[0]->setChoices(teachers + hybrids);
    lanes[1]->setChoices(hybrids + teachers);
    // The newest completed run is what people come here for.
    if (lanes[0]->model().isEmpty() && !teachers.isEmpty()) lanes[0]->setModel(teachers.front().second);
    if (lanes[1]->model().isEmpty() && !hybrids.isEmpty()) lanes[1]->setModel(hybrids.front().second);
    updateTexts();
}

void ChatPage::Impl::save() {
    json document = tree.toJson();
    document["models"] = {lanes[0]->model().toStdString(), lanes[1]->model().toStdString()};
    page->attempt([&] { conversation = stored.save(conversation, tree.title(), document); });
    fillList();
}

void ChatPage::Impl::fillList() {
    page->attempt([&] { list->fill(stored.list(), conversation); });
    updateButtons();
}

void ChatPage::Impl::open(qint64 id) {
    page->attempt([&] {
        const json document = stored.load(id);
        tree = ChatTree::fromJson(document);
        conversation = id;
        editing = -1;
        const json models = document.value("models", json::array());
        for (std::size_t i = 0; i < lanes.size() && models.is_array() && i < models.size(); ++i)
            if (models[i].is_string()) lanes[i]->setModel(QString::fromStdString(models[i].get<std::string>()));
    });
    showAll();
}

void ChatPage::Impl::startNew() {
    if (lane >= 0) return;
    tree = ChatTree();
    conversation = 0;
    editing = -1;
    showAll();
    fillList();
    composer->setFocus();
}

void ChatPage::Impl::remove() {
    if (page->attempt([&] { stored.remove(conversation); })) startNew();
}

void ChatPage::Impl::connectLanes() {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const int index = static_cast<int>(i);
        QObject::connect(lanes[i], &ChatLane::ended, page, [this, index](const LaneReply& r) { ended(index, r); });
        QObject::connect(lanes[i], &ChatLane::modelChanged, page, [this] { updateTexts(); });
        LaneView* view = lanes[i]->view();
        QObject::connect(view, &LaneView::editRequested, page, [this](int at) { edit(at); });
        QObject::connect(view, &LaneView::regenerateRequested, page, [this](int at) {
            if (lane < 0) answer(tree.branch(at, QString(tree.turn(at).question)));
        });
        QObject::connect(view, &LaneView::versionRequested, page, [this](int at, int version) {
            if (lane >= 0) return;
            tree.showVersion(at, version);
            showAll();
        });
    }
}

void ChatPage::Impl::connectKeys() {
    QObject::connect(composer, &Composer::sendRequested, page, [this] { submit(); });
    QObject::connect(send, &QPushButton::clicked, page, [this] { submit(); });
    QObject::connect(stop, &QPushButton::clicked, page, [this] { stopOrCancel(); });
    auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), page);
    QObject::connect(escape, &QShortcut::activated, page, [this] { stopOrCancel(); });
    QObject::connect(list, &ConversationList::newRequested, page, [this] { startNew(); });
    QObject::connect(list, &ConversationList::deleteRequested, page, [this] { remove(); });
    QObject::connect(list, &ConversationList::openRequested, page, [this](qint64 id) { open(id); });
}

ChatPage::ChatPage(AppContext& context, QWidget* parent) : Page(parent), impl_(std::make_unique<Impl>(context, this)) {
    Impl& d = *impl_;
    d.list = new ConversationList;
    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->addWidget(d.list);
    splitter->addWidget(d.makeMain());
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({190, 900});
    splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(18, 14, 18, 14);
    layout->addWidget(splitter);
    d.connectLanes();
    d.connectKeys();
    connect(context.feed, &RunFeed::runsChanged, this, [&d] { d.fillChoices(); });
    retranslate();
    d.fillChoices();
}

ChatPage::~ChatPage() = default;

void ChatPage::activated() {
    // Another window may have written some meanwhile.
    if (!busy()) impl_->fillList();
    impl_->composer->setFocus();
}

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
    d.list->retranslate();
    d.sampling->retranslate();
    d.composer->setPlaceholderText(tr("Message \u2013 Enter sends, Shift+Enter starts a new line"));
    d.composer->setAccessibleName(tr("Message"));
    d.send->setText(tr("&Send"));
    d.send->setToolTip(tr("Sends the message to both lanes (Enter)"));
    d.stop->setText(tr("Stop (Esc)"));
    d.advice->clear();
    d.updateTexts();
    // A reply that is being written would be lost.
    if (!busy()) d.showAll();
}

}  // namespace molt::ui
