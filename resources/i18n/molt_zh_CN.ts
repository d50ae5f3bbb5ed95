<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>molt::ui::BrowseButton</name>
    <message>
        <source>Browse</source>
        <translation>浏览</translation>
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
        <source>Browse for the model of lane %1</source>
        <translation>浏览 %1 栏的模型</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
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
        <source>Loading the model…</source>
        <translation>正在载入模型…</translation>
    </message>
    <message>
        <source>Model of lane %1</source>
        <translation>%1 栏的模型</translation>
    </message>
    <message>
        <source>Progress of lane %1</source>
        <translation>%1 栏的进度</translation>
    </message>
    <message>
        <source>Reading the prompt: %1 of %2 tokens</source>
        <translation>正在读取提示：%1 / %2 词元</translation>
    </message>
    <message>
        <source>Waiting for the first token…</source>
        <translation>等待首个词元…</translation>
    </message>
    <message numerus="yes">
        <source>Writing: %n token(s)</source>
        <translation>
            <numerusform>正在生成：%n 个词元</numerusform>
        </translation>
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
        <source>&amp;Send</source>
        <translation>发送(&amp;S)</translation>
    </message>
    <message>
        <source>Ask something that both models know about.

The models of the tiny demo know a small world of names, things and places. Tell them "Anna has a red kite.", then ask "What does Anna have?"</source>
        <translation>问一些两个模型都懂的事情。

微型演示的模型只认识一个由名字、物品和地点组成的小世界（英文）。先告诉它们 "Anna has a red kite."，再问 "What does Anna have?"</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Choose a model above: a folder or a file.</source>
        <translation>请在上方选择模型：文件夹或文件。</translation>
    </message>
    <message>
        <source>Editing an earlier message; Esc leaves it as it is</source>
        <translation>正在编辑较早的消息；按 Esc 保持原样</translation>
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
        <source>Sends the message to both lanes (Enter)</source>
        <translation>把消息发给两栏（回车）</translation>
    </message>
    <message>
        <source>Set up the tiny demo</source>
        <translation>准备微型演示</translation>
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
        <source>The lanes answer in turn, so that their speeds compare</source>
        <translation>两栏依次回答，速度才可比较</translation>
    </message>
    <message>
        <source>The tiny demo makes one in about half a minute. Or choose any model for each lane.</source>
        <translation>微型演示大约半分钟就能得到一个。也可以为每一栏选择任意模型。</translation>
    </message>
    <message>
        <source>There is no finished hybrid yet.</source>
        <translation>还没有训练好的混合模型。</translation>
    </message>
    <message>
        <source>hybrid</source>
        <translation>混合模型</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>teacher</source>
        <translation>教师模型</translation>
    </message>
</context>
<context>
    <name>molt::ui::ConfigForm</name>
    <message>
        <source>%1: %2 → %3</source>
        <translation>%1：%2 → %3</translation>
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
        <source>&amp;All settings</source>
        <translation>全部设置(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Copy as command line</source>
        <translation>复制为命令行(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;JSON</source>
        <translation>&amp;JSON</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Preset</source>
        <translation>预设(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Save…</source>
        <translation>保存(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&lt;b&gt;New here?&lt;/b&gt; Choose the preset tiny-demo and press Start: a small teacher becomes a Mamba hybrid on this machine in about half a minute, without a download. Then chat with both.</source>
        <translation>&lt;b&gt;初次使用？&lt;/b&gt;选择预设 tiny-demo 并点“开始”：大约半分钟，一个小型教师模型就会在本机变成 Mamba 混合模型，无需下载。随后可与两者聊天。</translation>
    </message>
    <message>
        <source>Configure</source>
        <translation>配置</translation>
    </message>
    <message>
        <source>Makes it again (Ctrl+Shift+Z)</source>
        <translation>重做该修改（Ctrl+Shift+Z）</translation>
    </message>
    <message>
        <source>Open recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>Opens a recipe file (Ctrl+O)</source>
        <translation>打开配方文件（Ctrl+O）</translation>
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
        <source>S&amp;hort form</source>
        <translation>简表(&amp;H)</translation>
    </message>
    <message>
        <source>S&amp;tart</source>
        <translation>开始(&amp;T)</translation>
    </message>
    <message>
        <source>Save recipe</source>
        <translation>保存配方</translation>
    </message>
    <message>
        <source>Starts the run (Ctrl+Enter)</source>
        <translation>开始运行（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Takes the last edit back (Ctrl+Z)</source>
        <translation>撤销上一次修改（Ctrl+Z）</translation>
    </message>
    <message>
        <source>The command line is in the clipboard.</source>
        <translation>命令行已复制到剪贴板。</translation>
    </message>
    <message>
        <source>The recipe is in %1</source>
        <translation>配方已保存到 %1</translation>
    </message>
    <message>
        <source>Writes the recipe into a file (Ctrl+S)</source>
        <translation>把配方写入文件（Ctrl+S）</translation>
    </message>
</context>
<context>
    <name>molt::ui::ConversationList</name>
    <message>
        <source>&amp;New</source>
        <translation>新建(&amp;N)</translation>
    </message>
    <message>
        <source>C&amp;onversations</source>
        <translation>对话(&amp;O)</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Delete conversation</source>
        <translation>删除对话</translation>
    </message>
    <message>
        <source>Delete this conversation with all its versions? This cannot be undone.</source>
        <translation>删除此对话及其所有版本？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Starts a new conversation (Ctrl+N)</source>
        <translation>开始新的对话（Ctrl+N）</translation>
    </message>
</context>
<context>
    <name>molt::ui::CurveGrid</name>
    <message>
        <source>0 shows the logged values only; towards 1 the line becomes calmer. The pale line behind it always shows the logged values.</source>
        <translation>0 只显示记录值；越接近 1 曲线越平稳。后面的浅色线始终是记录值。</translation>
    </message>
    <message>
        <source>CE</source>
        <translation>CE</translation>
    </message>
    <message>
        <source>Ctrl+wheel zooms at the pointer; keys: + and − zoom, arrows pan, Home shows all</source>
        <translation>Ctrl+滚轮在指针处缩放；按键：+ 和 − 缩放，方向键平移，Home 显示全部</translation>
    </message>
    <message>
        <source>Drag zooms · Shift+drag pans · double click shows all</source>
        <translation>拖动缩放 · Shift+拖动平移 · 双击显示全部</translation>
    </message>
    <message>
        <source>F&amp;it</source>
        <translation>适应(&amp;I)</translation>
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
        <source>I&amp;gnore outliers</source>
        <translation>忽略离群点(&amp;G)</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>L&amp;og axis</source>
        <translation>对数坐标(&amp;O)</translation>
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
        <source>Loss (nats per token)</source>
        <translation>损失（nat/词元）</translation>
    </message>
    <message>
        <source>No values in this run</source>
        <translation>此运行没有数值</translation>
    </message>
    <message>
        <source>S&amp;moothing</source>
        <translation>平滑(&amp;M)</translation>
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
        <source>The first value is still to come</source>
        <translation>还没有数值</translation>
    </message>
    <message>
        <source>Values at or below 0 cannot be shown on it; each chart says how many there are</source>
        <translation>对数坐标无法显示小于等于 0 的值；每张图会注明有多少个</translation>
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
        <source>resumed</source>
        <translation>续训</translation>
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
    <name>EventText</name>
    <message>
        <source>%1 (attempt %2)</source>
        <translation>%1（第 %2 次尝试）</translation>
    </message>
    <message>
        <source>Checkpoint at step %1</source>
        <translation>第 %1 步检查点</translation>
    </message>
    <message>
        <source>Completed; the model is in %1</source>
        <translation>已完成；模型在 %1</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>失败：%1</translation>
    </message>
    <message>
        <source>Sample at step %1: %2</source>
        <translation>第 %1 步的样本：%2</translation>
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
    <name>molt::ui::HistoryPage</name>
    <message>
        <source>&amp;Chat</source>
        <translation>聊天(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Delete…</source>
        <translation>删除(&amp;D)…</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>打开(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>续训(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Start a variation…</source>
        <translation>开始变体(&amp;S)…</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>尝试次数</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建时间</translation>
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
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Every run is kept here with its curves, checkpoints and models: to look at it again, resume it, chat with its model or start a variation of it.</source>
        <translation>每次运行连同曲线、检查点和模型都保存在这里：可以再次查看、续训、与模型聊天，或据此开始新的变体。</translation>
    </message>
    <message>
        <source>Filter runs</source>
        <translation>筛选运行</translation>
    </message>
    <message>
        <source>Filter runs (Ctrl+F)</source>
        <translation>筛选运行（Ctrl+F）</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Hybrid</source>
        <translation>混合模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>No runs yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Set up the tiny demo</source>
        <translation>准备微型演示</translation>
    </message>
    <message>
        <source>Takes the recipe of this run to Configure, to be changed and started as a new run</source>
        <translation>把此运行的配方带到“配置”页，修改后作为新的运行开始</translation>
    </message>
    <message>
        <source>Teacher</source>
        <translation>教师模型</translation>
    </message>
</context>
<context>
    <name>molt::ui::LaneView</name>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
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
        <source>&amp;About Molt</source>
        <translation>关于 Molt(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Keys and gestures</source>
        <translation>按键与手势(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Open recipe…</source>
        <translation>打开配方(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Save recipe…</source>
        <translation>保存配方(&amp;S)…</translation>
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
        <source>Chart: log axis, less or more smoothing</source>
        <translation>图表：对数坐标、减少或增加平滑</translation>
    </message>
    <message>
        <source>Chart: show the whole curve</source>
        <translation>图表：显示整条曲线</translation>
    </message>
    <message>
        <source>Chart: zoom and pan</source>
        <translation>图表：缩放和平移</translation>
    </message>
    <message>
        <source>Choose molt…</source>
        <translation>选择 molt…</translation>
    </message>
    <message>
        <source>Choose the program molt</source>
        <translation>选择程序 molt</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Databases (*.db)</source>
        <translation>数据库 (*.db)</translation>
    </message>
    <message>
        <source>Filter the runs (History)</source>
        <translation>筛选运行（历史页）</translation>
    </message>
    <message>
        <source>Free space where the runs are stored: %1</source>
        <translation>运行所在位置的可用空间：%1</translation>
    </message>
    <message>
        <source>Go to a page</source>
        <translation>切换页面</translation>
    </message>
    <message>
        <source>In a chart: drag zooms into a box, Shift+drag pans, Ctrl+wheel zooms, double click shows everything.</source>
        <translation>在图表中：拖动框选放大，Shift+拖动平移，Ctrl+滚轮缩放，双击显示全部。</translation>
    </message>
    <message>
        <source>It does the work: without it no run can start and no model can answer. Put molt beside molt-workbench or on PATH, or choose it here.</source>
        <translation>所有工作都由它完成：没有它就无法开始运行，模型也无法回答。请把 molt 放在 molt-workbench 旁边或 PATH 中，或在此选择。</translation>
    </message>
    <message>
        <source>Keys and gestures</source>
        <translation>按键与手势</translation>
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
        <source>New conversation (Chat)</source>
        <translation>新建对话（聊天页）</translation>
    </message>
    <message>
        <source>No run is going on</source>
        <translation>没有正在进行的运行</translation>
    </message>
    <message>
        <source>Open another &amp;database…</source>
        <translation>打开其他数据库(&amp;D)…</translation>
    </message>
    <message>
        <source>Open another database…</source>
        <translation>打开其他数据库…</translation>
    </message>
    <message>
        <source>Open or create a database</source>
        <translation>打开或新建数据库</translation>
    </message>
    <message>
        <source>Open or save a recipe</source>
        <translation>打开或保存配方</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Save and stop the run (Monitor)</source>
        <translation>保存并停止运行（监视页）</translation>
    </message>
    <message>
        <source>Send the message, new line (Chat)</source>
        <translation>发送消息、换行（聊天页）</translation>
    </message>
    <message>
        <source>Start the run (Configure)</source>
        <translation>开始运行（配置页）</translation>
    </message>
    <message>
        <source>Stop the reply (Chat)</source>
        <translation>停止回答（聊天页）</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>The program molt was not found.</source>
        <translation>未找到程序 molt。</translation>
    </message>
    <message>
        <source>The worker of run #%1 did not start.</source>
        <translation>运行 #%1 的工作进程没有启动。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Undo or redo an edit of the recipe</source>
        <translation>撤销或重做对配方的修改</translation>
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
        <source>&amp;Events</source>
        <translation>事件(&amp;E)</translation>
    </message>
    <message>
        <source>Change the recipe…</source>
        <translation>修改配方…</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>It was killed, or the machine went down. Resume goes on from the last checkpoint, exactly.</source>
        <translation>进程被终止，或机器曾关机。“续训”会从最后一个检查点精确地继续。</translation>
    </message>
    <message>
        <source>Its log says more.</source>
        <translation>日志中有更多信息。</translation>
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
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>续训</translation>
    </message>
    <message>
        <source>The process of this run ended at step %1 without a word.</source>
        <translation>此运行的进程在第 %1 步意外结束。</translation>
    </message>
    <message>
        <source>The run failed.</source>
        <translation>运行失败。</translation>
    </message>
    <message>
        <source>The tiny demo turns a small teacher into a 50 % Mamba-2 hybrid on this machine, without a download. It takes about half a minute; then you can chat with both.</source>
        <translation>小型演示会在本机把一个小型教师模型变成 50 % 的 Mamba-2 混合模型，无需下载。大约需要半分钟，随后可与两者聊天。</translation>
    </message>
    <message>
        <source>Try the tiny demo</source>
        <translation>试试小型演示</translation>
    </message>
</context>
<context>
    <name>molt::ui::NoticeCard</name>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
</context>
<context>
    <name>molt::ui::PlotView</name>
    <message>
        <source>  (smoothed %1)</source>
        <translation>  （平滑后 %1）</translation>
    </message>
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
    <message>
        <source>zoomed</source>
        <translation>已缩放</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>&amp;No</source>
        <translation>否(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Yes</source>
        <translation>是(&amp;Y)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>确定</translation>
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
    <message>
        <source>Changed from the preset:</source>
        <translation>与预设不同之处：</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Click into a setting to read here what it does.</source>
        <translation>点击某项设置，这里会说明它的作用。</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Learns</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>启动前检查</translation>
    </message>
    <message>
        <source>Stage %1</source>
        <translation>阶段 %1</translation>
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
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>known after the first steps</source>
        <translation>开始几步之后才知道</translation>
    </message>
    <message>
        <source>≈ %1</source>
        <translation>≈ %1</translation>
    </message>
    <message>
        <source>≈ %1 on this machine</source>
        <translation>在本机 ≈ %1</translation>
    </message>
    <message>
        <source>✓ Ready to start</source>
        <translation>✓ 可以开始</translation>
    </message>
</context>
<context>
    <name>molt::ui::RunHeader</name>
    <message>
        <source>%1 (≈ %2)</source>
        <translation>%1（≈ %2）</translation>
    </message>
    <message>
        <source>%1 nats</source>
        <translation>%1 nat</translation>
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
        <source>Distance to the teacher on text that is not trained on, nats per token. Smallest so far: %1</source>
        <translation>在未参与训练的文本上与教师模型的距离，单位为 nat/词元。目前最小：%1</translation>
    </message>
    <message>
        <source>Elapsed</source>
        <translation>已用时间</translation>
    </message>
    <message>
        <source>End it by force</source>
        <translation>强制结束</translation>
    </message>
    <message>
        <source>Estimated from the steps of this attempt; the time of day is when it ends</source>
        <translation>根据本次尝试的步速估算；括号内为预计结束的时刻</translation>
    </message>
    <message>
        <source>Evaluate now</source>
        <translation>立即评估</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Goes on from the last checkpoint</source>
        <translation>从最后一个检查点继续</translation>
    </message>
    <message>
        <source>Goes on with the next step</source>
        <translation>继续下一步</translation>
    </message>
    <message>
        <source>Held-out KL</source>
        <translation>留出 KL</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>挂起</translation>
    </message>
    <message>
        <source>Kills the process; Resume goes on from the last checkpoint</source>
        <translation>终止进程；“续训”会从最后一个检查点继续</translation>
    </message>
    <message>
        <source>Measures KL and perplexity on held-out text after this step and goes on</source>
        <translation>在这一步之后用留出文本测量 KL 和困惑度，然后继续</translation>
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
        <source>Save now</source>
        <translation>立即保存</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Stage %1 of %2</source>
        <translation>阶段 %1 / %2</translation>
    </message>
    <message>
        <source>State of the run in numbers</source>
        <translation>运行状态的数值</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop without saving – everything since the last checkpoint is lost</source>
        <translation>不保存而停止 – 最后一个检查点之后的内容会丢失</translation>
    </message>
    <message>
        <source>Stop ▾</source>
        <translation>停止 ▾</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元数</translation>
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
        <source>Writes a checkpoint after this step and goes on</source>
        <translation>在这一步之后写入检查点，然后继续</translation>
    </message>
    <message>
        <source>estimating…</source>
        <translation>正在估算…</translation>
    </message>
    <message>
        <source>no step for %1</source>
        <translation>已有 %1 没有新的一步</translation>
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
        <source>Held-out KL to the teacher, nats per token: smaller is closer to the teacher</source>
        <translation>留出文本上与教师模型的 KL，单位 nat/词元：越小越接近教师模型</translation>
    </message>
    <message>
        <source>Hybrid</source>
        <translation>混合模型</translation>
    </message>
    <message>
        <source>KL curve</source>
        <translation>KL 曲线</translation>
    </message>
    <message>
        <source>Made from %1</source>
        <translation>由 %1 得到</translation>
    </message>
    <message>
        <source>Perplexity on held-out text: smaller is better</source>
        <translation>留出文本的困惑度：越小越好</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
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
        <source>%1, %2 % attention</source>
        <translation>%1，注意力 %2 %</translation>
    </message>
    <message>
        <source>%1, attention in layers %2</source>
        <translation>%1，保留注意力的层 %2</translation>
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
        <source>Mamba-1</source>
        <translation>Mamba-1</translation>
    </message>
    <message>
        <source>Mamba-2</source>
        <translation>Mamba-2</translation>
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
    <message>
        <source>attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>converting</source>
        <translation>转换中</translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation>评估中</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>加载中</translation>
    </message>
    <message>
        <source>saving</source>
        <translation>保存中</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>Evenly spread</source>
        <translation>均匀分布</translation>
    </message>
    <message>
        <source>First layers</source>
        <translation>前部各层</translation>
    </message>
    <message>
        <source>Last layers</source>
        <translation>后部各层</translation>
    </message>
    <message>
        <source>Middle layers</source>
        <translation>中部各层</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Calibrated</source>
        <translation>校准</translation>
    </message>
    <message>
        <source>Random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>All tokens</source>
        <translation>全部词元</translation>
    </message>
    <message>
        <source>Replies only</source>
        <translation>仅回复</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>线性</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>Forward KL</source>
        <translation>正向 KL</translation>
    </message>
    <message>
        <source>Reverse KL</source>
        <translation>反向 KL</translation>
    </message>
</context>
<context>
    <name>molt::ui::SamplingBar</name>
    <message>
        <source>Tem&amp;perature</source>
        <translation>温度(&amp;T)</translation>
    </message>
    <message>
        <source>0 (likeliest)</source>
        <translation>0（最可能）</translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; higher values vary more</source>
        <translation>0 总是取最可能的词元；值越大变化越多</translation>
    </message>
    <message>
        <source>See&amp;d</source>
        <translation>种子(&amp;D)</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>The same seed gives the same reply; it has no effect at temperature 0</source>
        <translation>相同的种子得到相同的回答；温度为 0 时不起作用</translation>
    </message>
    <message>
        <source>Tokens at &amp;most</source>
        <translation>词元上限(&amp;M)</translation>
    </message>
    <message>
        <source>Tokens at most</source>
        <translation>最多词元数</translation>
    </message>
    <message>
        <source>Where a reply ends that does not end by itself</source>
        <translation>没有自行结束的回答在此截断</translation>
    </message>
</context>
<context>
    <name>molt::ui::RunLauncher</name>
    <message>
        <source>This run is still going on.</source>
        <translation>此运行仍在进行。</translation>
    </message>
    <message>
        <source>Stop it first, then resume it.</source>
        <translation>请先停止，再继续。</translation>
    </message>
    <message>
        <source>The process of this run is gone.</source>
        <translation>此运行的进程已不存在。</translation>
    </message>
    <message>
        <source>Resume it.</source>
        <translation>请继续运行。</translation>
    </message>
    <message>
        <source>The program molt was not found.</source>
        <translation>找不到程序 molt。</translation>
    </message>
    <message>
        <source>Put molt beside molt-workbench or on PATH, or set MOLT_BIN.</source>
        <translation>请把 molt 放在 molt-workbench 旁边或 PATH 中，或设置 MOLT_BIN。</translation>
    </message>
    <message>
        <source>The worker could not be started: %1</source>
        <translation>无法启动工作进程：%1</translation>
    </message>
    <message>
        <source>Check that the file is executable.</source>
        <translation>请检查该文件是否可执行。</translation>
    </message>
</context>
<context>
    <name>Conversations</name>
    <message>
        <source>This conversation is not there any more.</source>
        <translation>此对话已不存在。</translation>
    </message>
    <message>
        <source>It was deleted in another window.</source>
        <translation>它已在另一个窗口中被删除。</translation>
    </message>
</context>
</TS>
