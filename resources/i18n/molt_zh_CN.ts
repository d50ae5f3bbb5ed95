<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>RunTexts</name>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Distill</source>
        <translation>蒸馏</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Held</source>
        <translation>已挂起</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>Pretrain</source>
        <translation>预训练</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Released</source>
        <translation>已释放</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>停止中</translation>
    </message>
</context>
<context>
    <name>molt::ui::ChatClient</name>
    <message>
        <source>Put molt beside molt-workbench or on PATH, or set MOLT_BIN.</source>
        <translation>请把 molt 放在 molt-workbench 旁边或 PATH 中，或设置 MOLT_BIN。</translation>
    </message>
    <message>
        <source>Send the message again; the worker is started anew.</source>
        <translation>请重新发送消息，工作进程会重新启动。</translation>
    </message>
    <message>
        <source>The chat worker ended unexpectedly.</source>
        <translation>聊天工作进程意外结束。</translation>
    </message>
    <message>
        <source>The program molt could not be started.</source>
        <translation>无法启动程序 molt。</translation>
    </message>
</context>
<context>
    <name>molt::ui::ChatLane</name>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>Browse</source>
        <translation>浏览</translation>
    </message>
    <message>
        <source>Browse for the model of lane %1</source>
        <translation>浏览 %1 栏的模型</translation>
    </message>
    <message>
        <source>Choose a model above. When a run is completed, its teacher and its hybrid are offered here.</source>
        <translation>请在上方选择模型。运行完成后，其教师模型与混合模型会出现在这里。</translation>
    </message>
    <message>
        <source>Choose a model folder</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>Choose a model for this lane.</source>
        <translation>请为此栏选择模型。</translation>
    </message>
    <message>
        <source>Conversation of lane %1</source>
        <translation>%1 栏的对话</translation>
    </message>
    <message>
        <source>Folder of a model</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在载入模型…</translation>
    </message>
    <message>
        <source>Model of lane %1</source>
        <translation>%1 栏的模型</translation>
    </message>
    <message>
        <source>Reading the prompt: %1 of %2 tokens</source>
        <translation>正在读取提示：%1 / %2 词元</translation>
    </message>
    <message>
        <source>Waiting for the first token…</source>
        <translation>等待首个词元…</translation>
    </message>
    <message>
        <source>first token after %1 ms</source>
        <translation>首字延迟 %1 毫秒</translation>
    </message>
    <message>
        <source>length limit</source>
        <translation>达到长度上限</translation>
    </message>
    <message numerus="yes">
        <source>prompt %n token(s)</source>
        <translation>
            <numerusform>提示 %n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>molt::ui::ChatPage</name>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Message – Enter sends, Shift+Enter starts a new line</source>
        <translation>消息（Enter 发送，Shift+Enter 换行）</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新建</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>停止 (Esc)</translation>
    </message>
    <message>
        <source>Teacher of %1</source>
        <translation>%1 的教师模型</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>The lanes answer one after the other, so that the speeds can be compared.</source>
        <translation>两栏依次作答，速度才可比较。</translation>
    </message>
    <message>
        <source>Tokens at most</source>
        <translation>最多词元数</translation>
    </message>
    <message>
        <source>hybrid</source>
        <translation>混合模型</translation>
    </message>
    <message>
        <source>teacher</source>
        <translation>教师模型</translation>
    </message>
</context>
<context>
    <name>molt::ui::ConfigForm</name>
    <message>
        <source>Browse</source>
        <translation>浏览</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>浏览%1</translation>
    </message>
    <message>
        <source>Changed; click to go back to %1</source>
        <translation>已更改；点击恢复为 %1</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>选择文件</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Stage %1</source>
        <translation>阶段 %1</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>空</translation>
    </message>
</context>
<context>
    <name>molt::ui::ConfigurePage</name>
    <message>
        <source>&lt;b&gt;New here?&lt;/b&gt; Choose the preset tiny-demo and press Start: a small teacher becomes a Mamba hybrid on this machine in about a minute and a half, without a download. Then chat with both.</source>
        <translation>&lt;b&gt;初次使用？&lt;/b&gt;选择预设 tiny-demo 并点“开始”：大约一分半钟，一个小型教师模型就会在本机变成 Mamba 混合模型，无需下载。随后可与两者聊天。</translation>
    </message>
    <message>
        <source>All settings</source>
        <translation>全部设置</translation>
    </message>
    <message>
        <source>Cannot start: %1</source>
        <translation>无法启动：%1</translation>
    </message>
    <message>
        <source>Configure</source>
        <translation>配置</translation>
    </message>
    <message>
        <source>Copy as command line</source>
        <translation>复制为命令行</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Open recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Recipe as JSON</source>
        <translation>JSON 格式的配方</translation>
    </message>
    <message>
        <source>Recipes (*.json)</source>
        <translation>配方 (*.json)</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Save recipe</source>
        <translation>保存配方</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Short form</source>
        <translation>精简</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>The command line is in the clipboard.</source>
        <translation>命令行已复制到剪贴板。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>molt::ui::HistoryPage</name>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Delete %1 (#%2) with its curves, checkpoints and models? This cannot be undone.</source>
        <translation>删除 %1（#%2）及其曲线、检查点和模型？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete run</source>
        <translation>删除运行</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Filter runs</source>
        <translation>筛选运行</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>续训</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Runs appear here once one was started.</source>
        <translation>启动运行后会显示在这里。</translation>
    </message>
</context>
<context>
    <name>molt::ui::LaneView</name>
    <message>
        <source>edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>regenerate</source>
        <translation>重新生成</translation>
    </message>
</context>
<context>
    <name>molt::ui::LayerStrip</name>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
</context>
<context>
    <name>molt::ui::MainWindow</name>
    <message>
        <source>%1 free</source>
        <translation>可用 %1</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>About Molt</source>
        <translation>关于 Molt</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Molt turns a Transformer into a Mamba hybrid and lets you live with the result.

Licence: GPL-3.0-or-later
Database: %1</source>
        <translation>Molt 把 Transformer 变成 Mamba 混合模型，并让您直接使用成果。

许可证：GPL-3.0-or-later
数据库：%1</translation>
    </message>
    <message>
        <source>Molt workbench</source>
        <translation>Molt 工作台</translation>
    </message>
    <message>
        <source>No run is going on</source>
        <translation>没有正在进行的运行</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>重置布局</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>The worker of run #%1 did not start: %2</source>
        <translation>运行 #%1 的工作进程未能启动：%2</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>约剩 %1</translation>
    </message>
    <message>
        <source>stage %1/%2</source>
        <translation>阶段 %1/%2</translation>
    </message>
    <message>
        <source>step %1 / %2</source>
        <translation>步 %1 / %2</translation>
    </message>
</context>
<context>
    <name>molt::ui::MonitorPage</name>
    <message>
        <source>%1 (attempt %2)</source>
        <translation>%1（第 %2 次尝试）</translation>
    </message>
    <message>
        <source>CE</source>
        <translation>CE</translation>
    </message>
    <message>
        <source>Checkpoint at step %1</source>
        <translation>第 %1 步检查点</translation>
    </message>
    <message>
        <source>Completed: %1</source>
        <translation>已完成：%1</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>失败：%1</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Held-out KL to the teacher (nats per token)</source>
        <translation>留出集对教师的 KL（nat/词元）</translation>
    </message>
    <message>
        <source>Held-out perplexity</source>
        <translation>留出集困惑度</translation>
    </message>
    <message>
        <source>Ignore outliers</source>
        <translation>忽略离群点</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Leaves single far values out of the range of the axis; a badge counts them</source>
        <translation>坐标范围不含个别远值，角标会给出其数目</translation>
    </message>
    <message>
        <source>Log axis</source>
        <translation>对数坐标</translation>
    </message>
    <message>
        <source>Loss (nats per token)</source>
        <translation>损失（nat/词元）</translation>
    </message>
    <message>
        <source>Monitor</source>
        <translation>监视</translation>
    </message>
    <message>
        <source>No runs yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Shows the whole curve and follows it (double click in a chart does the same)</source>
        <translation>显示整条曲线并跟随（在图中双击效果相同）</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Speed (tokens/s)</source>
        <translation>速度（词元/秒）</translation>
    </message>
    <message>
        <source>The process of this run ended at step %1 without a word: it was killed, or the machine went down. Resume goes on from the last checkpoint.</source>
        <translation>此运行的进程在第 %1 步悄然结束：它被终止，或机器已关闭。“续训”会从最后一个检查点继续。</translation>
    </message>
    <message>
        <source>The tiny demo turns a small teacher into a 50 % Mamba-2 hybrid on this machine, without a download. It takes about a minute and a half; then you can chat with both.</source>
        <translation>小型演示会在本机把一个小型教师模型变成 50 % 的 Mamba-2 混合模型，无需下载。大约需要一分半钟，随后可与两者聊天。</translation>
    </message>
    <message>
        <source>Try the tiny demo</source>
        <translation>试试小型演示</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>norm</source>
        <translation>范数</translation>
    </message>
    <message>
        <source>perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>total</source>
        <translation>总计</translation>
    </message>
</context>
<context>
    <name>molt::ui::PlotView</name>
    <message numerus="yes">
        <source>%n non-finite value(s)</source>
        <translation>
            <numerusform>%n 个非有限值</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) outside</source>
        <translation>
            <numerusform>%n 个点在范围外</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) at or below 0 not shown</source>
        <translation>
            <numerusform>%n 个不大于 0 的值未显示</numerusform>
        </translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
</context>
<context>
    <name>molt::ui::RecipeChecker</name>
    <message>
        <source>Put molt beside molt-workbench or on PATH, or set MOLT_BIN.</source>
        <translation>请把 molt 放在 molt-workbench 旁边或 PATH 中，或设置 MOLT_BIN。</translation>
    </message>
    <message>
        <source>The program molt was not found.</source>
        <translation>未找到程序 molt。</translation>
    </message>
    <message>
        <source>molt could not be started: %1</source>
        <translation>无法启动 molt：%1</translation>
    </message>
</context>
<context>
    <name>molt::ui::ReviewCard</name>
    <message>
        <source>%1 of %2 free</source>
        <translation>%1 / 可用 %2</translation>
    </message>
    <message>
        <source>%1 of %2 parameters</source>
        <translation>%1 / %2 参数</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 参数</translation>
    </message>
    <message>
        <source>%1 steps, %2 tokens</source>
        <translation>%1 步，%2 词元</translation>
    </message>
    <message numerus="yes">
        <source>%n value(s)</source>
        <translation>
            <numerusform>%n 项</numerusform>
        </translation>
    </message>
    <message>
        <source>Changed from the preset</source>
        <translation>与预设不同</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>Learns</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Memory (estimate)</source>
        <translation>内存（预估）</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>启动前检查</translation>
    </message>
    <message>
        <source>Stage %1: %2</source>
        <translation>阶段 %1：%2</translation>
    </message>
    <message>
        <source>Student</source>
        <translation>学生模型</translation>
    </message>
    <message>
        <source>Teacher</source>
        <translation>教师模型</translation>
    </message>
    <message>
        <source>✓ Ready to start</source>
        <translation>✓ 可以开始</translation>
    </message>
</context>
<context>
    <name>molt::ui::RunHeader</name>
    <message>
        <source>%1 elapsed</source>
        <translation>已用 %1</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 词元</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>Chat with it</source>
        <translation>与它聊天</translation>
    </message>
    <message>
        <source>Discard – everything since the last checkpoint is lost</source>
        <translation>放弃：最后一个检查点之后的内容会丢失</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>挂起</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>续训</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Save and stop – writes a checkpoint, can be resumed</source>
        <translation>停止并保存：写入检查点，可以续训</translation>
    </message>
    <message>
        <source>Stage %1 of %2: %3</source>
        <translation>阶段 %1 / %2：%3</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Waits between two steps; memory stays taken</source>
        <translation>在两步之间等待，内存保持占用</translation>
    </message>
    <message>
        <source>Which run is shown</source>
        <translation>显示哪个运行</translation>
    </message>
    <message>
        <source>about %1 left (≈ %2)</source>
        <translation>约剩 %1（≈ %2）</translation>
    </message>
    <message>
        <source>estimating the time left…</source>
        <translation>正在估计剩余时间…</translation>
    </message>
    <message>
        <source>step %1 / %2</source>
        <translation>步 %1 / %2</translation>
    </message>
</context>
<context>
    <name>molt::ui::RunListModel</name>
    <message>
        <source>Best KL</source>
        <translation>最佳 KL</translation>
    </message>
    <message>
        <source>Best perplexity</source>
        <translation>最佳困惑度</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
</context>
<context>
    <name>Field</name>
    <message>
        <source>0 always takes the most likely token.</source>
        <translation>0 表示总取最可能的词元。</translation>
    </message>
    <message>
        <source>Above 1 makes repeated tokens less likely.</source>
        <translation>大于 1 会降低重复词元的概率。</translation>
    </message>
    <message>
        <source>Accumulation</source>
        <translation>梯度累积</translation>
    </message>
    <message>
        <source>Arithmetic of training; auto is float32 on the CPU.</source>
        <translation>训练所用的数值格式；auto 在 CPU 上为 float32。</translation>
    </message>
    <message>
        <source>Attention heads.</source>
        <translation>注意力头数。</translation>
    </message>
    <message>
        <source>Attention kept</source>
        <translation>保留的注意力</translation>
    </message>
    <message>
        <source>Base of the rotary embedding.</source>
        <translation>旋转位置编码的底数。</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Batches whose gradients are added up before a step.</source>
        <translation>累加这么多批的梯度后才走一步。</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1（β₁）</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2（β₂）</translation>
    </message>
    <message>
        <source>Bit-identical results for the same machine, seed and thread count.</source>
        <translation>同一机器、种子和线程数下结果逐位相同。</translation>
    </message>
    <message>
        <source>CE weight</source>
        <translation>CE 权重</translation>
    </message>
    <message>
        <source>CPU threads; 0 takes all cores.</source>
        <translation>CPU 线程数；0 使用全部核心。</translation>
    </message>
    <message>
        <source>Checkpoint every</source>
        <translation>检查点间隔</translation>
    </message>
    <message>
        <source>Checkpoints kept</source>
        <translation>保留的检查点</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Data never trained on, for evaluation: a file, or a share of the data (its end).</source>
        <translation>从不参与训练、只用于评估的数据：一个文件，或数据末尾的一个比例。</translation>
    </message>
    <message>
        <source>Decay of AdamW's first moment.</source>
        <translation>AdamW 一阶矩的衰减率。</translation>
    </message>
    <message>
        <source>Decay of AdamW's second moment.</source>
        <translation>AdamW 二阶矩的衰减率。</translation>
    </message>
    <message>
        <source>Decay of matrices; vectors are never decayed.</source>
        <translation>矩阵的权重衰减；向量从不衰减。</translation>
    </message>
    <message>
        <source>Deterministic</source>
        <translation>确定性</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Divergence</source>
        <translation>散度方向</translation>
    </message>
    <message>
        <source>Drops tokens below this share of the most likely one.</source>
        <translation>去掉概率低于最可能词元这一比例的词元。</translation>
    </message>
    <message>
        <source>Evaluate every</source>
        <translation>评估间隔</translation>
    </message>
    <message>
        <source>Evaluation size</source>
        <translation>评估规模</translation>
    </message>
    <message>
        <source>Existing student</source>
        <translation>已有学生模型</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Final learning rate</source>
        <translation>最终学习率</translation>
    </message>
    <message>
        <source>Folder of a hybrid to continue with; empty converts the teacher.</source>
        <translation>要继续训练的混合模型文件夹；留空则转换教师模型。</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Frozen</source>
        <translation>冻结的参数</translation>
    </message>
    <message>
        <source>Globs of parameter names that do not learn; wins over trained.</source>
        <translation>不训练的参数名通配符；优先于“训练的参数”。</translation>
    </message>
    <message>
        <source>Globs of parameter names that learn.</source>
        <translation>要训练的参数名通配符。</translation>
    </message>
    <message>
        <source>Goes on after the model's end-of-text token.</source>
        <translation>遇到模型的结束标记后继续。</translation>
    </message>
    <message>
        <source>Gradient clip</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Head size</source>
        <translation>头维度</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>头数</translation>
    </message>
    <message>
        <source>Heads of keys and values; 0 takes as many as there are heads.</source>
        <translation>键和值的头数；0 表示与头数相同。</translation>
    </message>
    <message>
        <source>Held out</source>
        <translation>留出数据</translation>
    </message>
    <message>
        <source>Held-out tokens of one evaluation.</source>
        <translation>每次评估使用的留出词元数。</translation>
    </message>
    <message>
        <source>Hidden size</source>
        <translation>隐藏维度</translation>
    </message>
    <message>
        <source>How the hybrid is made from the teacher.</source>
        <translation>如何由教师模型得到混合模型。</translation>
    </message>
    <message>
        <source>How the learning rate falls after warm-up.</source>
        <translation>预热之后学习率如何下降。</translation>
    </message>
    <message>
        <source>How the run is called in lists.</source>
        <translation>运行在列表中的名称。</translation>
    </message>
    <message>
        <source>Ignore end mark</source>
        <translation>忽略结束标记</translation>
    </message>
    <message>
        <source>Initialisation</source>
        <translation>初始化</translation>
    </message>
    <message>
        <source>KL weight</source>
        <translation>KL 权重</translation>
    </message>
    <message>
        <source>Keeps the k most likely tokens; 0 keeps all.</source>
        <translation>只保留最可能的 k 个词元；0 表示全部保留。</translation>
    </message>
    <message>
        <source>Keeps the smallest set of tokens with this probability.</source>
        <translation>保留累计概率达到此值的最小词元集合。</translation>
    </message>
    <message>
        <source>Key/value heads</source>
        <translation>键/值头数</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Largest gradient norm; 0 does not clip.</source>
        <translation>梯度范数上限；0 表示不裁剪。</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层数</translation>
    </message>
    <message>
        <source>Learn from</source>
        <translation>学习内容</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Log every</source>
        <translation>记录间隔</translation>
    </message>
    <message>
        <source>Longest context.</source>
        <translation>最大上下文长度。</translation>
    </message>
    <message>
        <source>Longest reply.</source>
        <translation>回复的最大长度。</translation>
    </message>
    <message>
        <source>MLP size</source>
        <translation>MLP 维度</translation>
    </message>
    <message>
        <source>Min p</source>
        <translation>Min p（最小概率）</translation>
    </message>
    <message>
        <source>Mixer</source>
        <translation>混合器</translation>
    </message>
    <message>
        <source>Model to distil from: a Hugging Face folder or a llama2.c file.</source>
        <translation>蒸馏所用的教师模型：Hugging Face 文件夹或 llama2.c 文件。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>New model</source>
        <translation>新模型</translation>
    </message>
    <message>
        <source>Number format</source>
        <translation>数值格式</translation>
    </message>
    <message>
        <source>Number of decoder layers.</source>
        <translation>解码层数。</translation>
    </message>
    <message>
        <source>Older checkpoints are deleted; 0 keeps all.</source>
        <translation>更早的检查点会被删除；0 表示全部保留。</translation>
    </message>
    <message>
        <source>Optimiser steps; 0 takes the number from tokens.</source>
        <translation>优化步数；0 表示由词元数决定。</translation>
    </message>
    <message>
        <source>Output folder</source>
        <translation>输出文件夹</translation>
    </message>
    <message>
        <source>Peak learning rate of AdamW.</source>
        <translation>AdamW 的最高学习率。</translation>
    </message>
    <message>
        <source>Placement</source>
        <translation>放置方式</translation>
    </message>
    <message>
        <source>Reads only the first records; 0 reads all.</source>
        <translation>只读取前若干条；0 表示全部读取。</translation>
    </message>
    <message>
        <source>Records at most</source>
        <translation>最多条数</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>RoPE base</source>
        <translation>RoPE 底数</translation>
    </message>
    <message>
        <source>Rows of one forward pass.</source>
        <translation>一次前向计算的行数。</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>学习率计划</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Sequence length</source>
        <translation>序列长度</translation>
    </message>
    <message>
        <source>Shape of a model that is trained from scratch.</source>
        <translation>从头训练的模型的结构。</translation>
    </message>
    <message>
        <source>Share of layers that keep attention (0 to 1), or their indices, as in 1,3.</source>
        <translation>保留注意力的层所占比例（0 到 1），或其层号，如 1,3。</translation>
    </message>
    <message>
        <source>Softens both distributions before the KL.</source>
        <translation>计算 KL 前对两个分布做软化。</translation>
    </message>
    <message>
        <source>Stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Start of every random generator of the run.</source>
        <translation>运行中所有随机数生成器的种子。</translation>
    </message>
    <message>
        <source>Start of the random generator of sampling.</source>
        <translation>采样随机数生成器的种子。</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Steps between checkpoints; 0 only when stopped.</source>
        <translation>检查点之间的步数；0 表示仅在停止时写入。</translation>
    </message>
    <message>
        <source>Steps between evaluations on held-out data; 0 only at the end.</source>
        <translation>在留出数据上评估的间隔步数；0 表示仅在结束时评估。</translation>
    </message>
    <message>
        <source>Steps between points of the curves.</source>
        <translation>曲线上相邻点之间的步数。</translation>
    </message>
    <message>
        <source>Steps of linear rise to the peak.</source>
        <translation>线性升至最高学习率的步数。</translation>
    </message>
    <message>
        <source>Stop texts</source>
        <translation>停止文本</translation>
    </message>
    <message>
        <source>Student</source>
        <translation>学生模型</translation>
    </message>
    <message>
        <source>Teacher</source>
        <translation>教师模型</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Text or JSONL file.</source>
        <translation>文本或 JSONL 文件。</translation>
    </message>
    <message>
        <source>The output matrix is the embedding.</source>
        <translation>输出矩阵与嵌入共用。</translation>
    </message>
    <message>
        <source>The reply ends before one of these texts.</source>
        <translation>回复在遇到这些文本之一前结束。</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>Tied embeddings</source>
        <translation>共享嵌入</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>Tokenizer file or folder, if it is not beside the teacher.</source>
        <translation>分词器文件或文件夹（若不在教师模型旁边）。</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元数</translation>
    </message>
    <message>
        <source>Tokens at most</source>
        <translation>最多词元数</translation>
    </message>
    <message>
        <source>Tokens of one row.</source>
        <translation>一行的词元数。</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top k（前 k 个）</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p（核采样）</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation>训练的参数</translation>
    </message>
    <message>
        <source>Training tokens, if steps is 0.</source>
        <translation>训练词元数（步数为 0 时使用）。</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Weight of the KL divergence to the teacher's distribution.</source>
        <translation>对教师分布的 KL 散度的权重。</translation>
    </message>
    <message>
        <source>Weight of the cross-entropy on the teacher's labels.</source>
        <translation>对教师标签的交叉熵的权重。</translation>
    </message>
    <message>
        <source>What is trained, in this order.</source>
        <translation>按此顺序训练的内容。</translation>
    </message>
    <message>
        <source>What replaces attention: Mamba-2 (faster, larger state) or Mamba-1.</source>
        <translation>用什么替换注意力：Mamba-2（更快，状态更大）或 Mamba-1。</translation>
    </message>
    <message>
        <source>What the stage trains on.</source>
        <translation>本阶段的训练数据。</translation>
    </message>
    <message>
        <source>Where the final model is written; empty: inside the run's folder.</source>
        <translation>最终模型的写入位置；留空：在运行的文件夹内。</translation>
    </message>
    <message>
        <source>Where the kept attention layers stand when a share is given.</source>
        <translation>给出比例时，保留的注意力层放在哪里。</translation>
    </message>
    <message>
        <source>Where the schedule ends.</source>
        <translation>学习率计划的终点。</translation>
    </message>
    <message>
        <source>Width of a head; 0 divides the hidden size by the heads.</source>
        <translation>每个头的宽度；0 表示隐藏维度除以头数。</translation>
    </message>
    <message>
        <source>Width of the MLP; 0 takes 8/3 of the hidden size, rounded up to 16.</source>
        <translation>MLP 的宽度；0 取隐藏维度的 8/3，并向上取整到 16。</translation>
    </message>
    <message>
        <source>Width of the residual stream; 0 describes no model.</source>
        <translation>残差流的宽度；0 表示不描述模型。</translation>
    </message>
    <message>
        <source>all: every token; replies: only what the assistant says in conversations.</source>
        <translation>all：全部词元；replies：只学习对话中助手所说的内容。</translation>
    </message>
    <message>
        <source>auto decides by the file's name and first line.</source>
        <translation>auto 按文件名和首行判断。</translation>
    </message>
    <message>
        <source>auto takes a GPU if one is usable, else the CPU.</source>
        <translation>auto 优先使用可用的 GPU，否则使用 CPU。</translation>
    </message>
    <message>
        <source>batches</source>
        <translation>批</translation>
    </message>
    <message>
        <source>copy: from the attention weights, as in the paper; calibrated: copied, then output projections fitted in closed form; random: for comparison.</source>
        <translation>copy：按论文由注意力权重复制；calibrated：复制后以闭式解拟合输出投影；random：用于对比。</translation>
    </message>
    <message>
        <source>forward: KL(teacher || student); reverse: KL(student || teacher).</source>
        <translation>forward：KL(教师 || 学生)；reverse：KL(学生 || 教师)。</translation>
    </message>
    <message>
        <source>pretrain: plain language modelling; distill: match the teacher.</source>
        <translation>pretrain：普通语言建模；distill：拟合教师模型。</translation>
    </message>
    <message>
        <source>records</source>
        <translation>条</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>&amp;Yes</source>
        <translation>是(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;No</source>
        <translation>否(&amp;N)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
</TS>
