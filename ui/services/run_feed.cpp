// The reader thread: polls ten times a second, sends only what changed, and says once when the database cannot be read.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/run_feed.h"

#include <QMap>
#include <QTimer>
#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/base/platform.h"

namespace molt::ui {

namespace {

constexpr int kPollMs = 100;
constexpr int kTicksPerRunList = 5;
constexpr int kTicksPerDisk = 50;
constexpr int kEventsPerBatch = 2000;

/// What a change of makes the list worth sending again; the heartbeat is not part of it.
QString fingerprint(const RunSummary& run) {
    return QStringLiteral("%1|%2|%3|%4|%5|%6|%7")
               .arg(run.row.id)
               .arg(run.state, QString::fromStdString(run.row.name), QString::fromStdString(run.row.stage))
               .arg(run.row.finished)
               .arg(run.bestKl)
               .arg(run.row.attempt) +
           QString::fromStdString(run.row.wanted) + QStringLiteral("|%1").arg(run.progress.step);
}

double smallest(const std::vector<SeriesPoint>& points) {
    if (points.empty()) return -1;
    return std::min_element(points.begin(), points.end(),
                            [](const auto& a, const auto& b) { return a.value < b.value; })
        ->value;
}

}  // namespace

class RunFeed::Reader : public QObject {
    Q_OBJECT
public:
    explicit Reader(std::filesystem::path database) : database_(std::move(database)) {}

public Q_SLOTS:
    void start() {
        timer_ = new QTimer(this);
        timer_->setInterval(kPollMs);
        connect(timer_, &QTimer::timeout, this, &Reader::tick);
        timer_->start();
        tick();
    }
    void follow(qint64 run) {
        run_ = run;
        seq_ = 0;
        first_ = true;
        tick();
    }
    void refresh() {
        ticks_ = 0;
        tick();
    }

Q_SIGNALS:
    void runsRead(const QVector<molt::ui::RunSummary>& runs);
    void eventsRead(qint64 run, const QVector<molt::RunEvent>& events, bool first);
    void failed(const QString& message, const QString& hint);
    void recovered();
    void diskRead(qint64 freeBytes);

private:
    void tick() {
        try {
            if (!store_) store_ = std::make_unique<ExperimentStore>(database_);
            if (ticks_ % kTicksPerDisk == 0) Q_EMIT diskRead(free_disk_bytes(database_));
            if (ticks_++ % kTicksPerRunList == 0) readRuns();
            if (run_ > 0) readEvents();
            if (complained_) Q_EMIT recovered();
            complained_ = false;
        } catch (...) {
            const Failure failure = describe_current_exception();
            store_.reset();
            if (!complained_)
                Q_EMIT failed(QString::fromStdString(failure.message), QString::fromStdString(failure.hint));
            complained_ = true;
        }
    }

    void readRuns() {
        QVector<RunSummary> runs;
        QString all;
        for (RunRow& row : store_->runs()) {
            RunSummary summary;
            summary.state = QString::fromStdString(shown_state(row));
            summary.row = std::move(row);
            addRecipe(summary);
            addResults(summary);
            all += fingerprint(summary) + QLatin1Char('\n');
            runs.push_back(std::move(summary));
        }
        if (all == sent_ && sentOnce_) return;
        sent_ = all;
        sentOnce_ = true;
        Q_EMIT runsRead(runs);
    }

    /// A recipe of another version leaves these empty; the run is shown all the same.
    static void addRecipe(RunSummary& summary) {
        const json recipe = json::parse(summary.row.config, nullptr, false);
        const auto text = [](const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
        if (!recipe.is_object()) return;
        if (const auto teacher = recipe.find("teacher"); teacher != recipe.end() && teacher->is_string())
            summary.teacher = QString::fromStdString(teacher->get<std::string>());
        const auto student = recipe.find("student");
        if (student == recipe.end() || !student->is_object() || summary.teacher.isEmpty()) return;
        if (student->contains("mixer") && student->contains("attention"))
            summary.student = QString::fromStdString(text(student->at("mixer")) + " " + text(student->at("attention")));
    }

    /// Ended runs do not change any more, so their results are looked up once.
    void addResults(RunSummary& summary) {
        const bool ended = summary.row.finished > 0;
        const auto known = results_.constFind(summary.row.id);
        if (known != results_.constEnd() && ended && known->row.finished == summary.row.finished) {
            summary.bestKl = known->bestKl;
            summary.bestPerplexity = known->bestPerplexity;
            summary.modelPath = known->modelPath;
            summary.kl = known->kl;
            return;
        }
        if (!ended) summary.progress = newestProgress(summary.row.id);
        const std::vector<SeriesPoint> kl = store_->series(summary.row.id, "eval/kl");
        for (const SeriesPoint& point : kl) summary.kl.push_back(point.value);
        summary.bestKl = smallest(kl);
        summary.bestPerplexity = smallest(store_->series(summary.row.id, "eval/perplexity"));
        if (summary.row.state == "completed") summary.modelPath = finishedModel(summary.row.id);
        if (ended) results_[summary.row.id] = summary;
    }

    Progress newestProgress(RunId id) const {
        const auto event = store_->last_event(id, "progress");
        return event ? std::get<Progress>(event->body) : Progress();
    }

    QString finishedModel(RunId id) const {
        const auto event = store_->last_event(id, "finished");
        return event ? QString::fromStdString(std::get<RunFinished>(event->body).model_path) : QString();
    }

    void readEvents() {
        for (;;) {
            const std::vector<RunEvent> events = store_->events_after(run_, seq_, kEventsPerBatch);
            if (events.empty() && !first_) return;
            if (!events.empty()) seq_ = events.back().seq;
            Q_EMIT eventsRead(run_, QVector<RunEvent>(events.begin(), events.end()), first_);
            first_ = false;
            if (static_cast<int>(events.size()) < kEventsPerBatch) return;
        }
    }

    std::filesystem::path database_;
    std::unique_ptr<ExperimentStore> store_;
    QTimer* timer_ = nullptr;
    QMap<qint64, RunSummary> results_;
    QString sent_;
    qint64 run_ = 0, seq_ = 0;
    int ticks_ = 0;
    bool first_ = true, complained_ = false, sentOnce_ = false;
};

RunFeed::RunFeed(std::filesystem::path database, QObject* parent)
    : QObject(parent), reader_(new Reader(std::move(database))) {
    qRegisterMetaType<QVector<molt::RunEvent>>("QVector<molt::RunEvent>");
    qRegisterMetaType<QVector<molt::ui::RunSummary>>("QVector<molt::ui::RunSummary>");
    reader_->moveToThread(&thread_);
    connect(&thread_, &QThread::started, reader_, &Reader::start);
    connect(&thread_, &QThread::finished, reader_, &QObject::deleteLater);
    connect(reader_, &Reader::runsRead, this, [this](const QVector<RunSummary>& runs) {
        runs_ = runs;
        Q_EMIT runsChanged();
    });
    connect(reader_, &Reader::eventsRead, this, &RunFeed::eventsArrived);
    connect(reader_, &Reader::failed, this, &RunFeed::failed);
    connect(reader_, &Reader::recovered, this, &RunFeed::recovered);
    connect(reader_, &Reader::diskRead, this, &RunFeed::diskRead);
    thread_.start();
}

RunFeed::~RunFeed() {
    thread_.quit();
    thread_.wait();
}

void RunFeed::follow(qint64 run) {
    QMetaObject::invokeMethod(reader_, [reader = reader_, run] { reader->follow(run); });
}

void RunFeed::refresh() {
    QMetaObject::invokeMethod(reader_, [reader = reader_] { reader->refresh(); });
}

}  // namespace molt::ui

#include "run_feed.moc"
