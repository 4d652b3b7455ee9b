using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Foundation;
using Phi4R.Runs;
using Phi4R.Tasks.Pocket;
using Phi4R.Tests.House;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Text;

/// <summary>Exported tokenizers and templates, as Hugging Face's own packages for JavaScript read them.</summary>
public sealed class TokenizerExportTests
{
    private const string Needed = "node and the packages that environment/javascript installs";
    private const string IsThere = "command -v node && test -e artifacts/javascript/stamp";

    // Asked: {ids?, text?, messages?, prompt}; answered: {ids, text, rendered}.
    private const string Program = """
        const { Tokenizer } = require('@huggingface/tokenizers');
        const { Template } = require('@huggingface/jinja');
        const { readFileSync } = require('node:fs');
        const folder = process.argv[1];
        const read = name => readFileSync(`${folder}/${name}`, 'utf8');
        const config = JSON.parse(read('tokenizer_config.json'));
        const tokenizer = new Tokenizer(JSON.parse(read('tokenizer.json')), config);
        const template = new Template(read('chat_template.jinja'));
        const answers = JSON.parse(readFileSync(0, 'utf8')).map(one => {
          const rendered = one.messages && template.render({
            messages: one.messages, add_generation_prompt: one.prompt, eos_token: config.eos_token });
          const text = rendered ?? one.text;
          return {
            rendered,
            ids: text === undefined ? undefined : tokenizer.encode(text, { add_special_tokens: false }).ids,
            text: one.ids && tokenizer.decode(one.ids, { skip_special_tokens: false }),
          };
        });
        process.stdout.write(JSON.stringify(answers));
        """;

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _folder = Project.Scratch();
    private readonly PocketTokenizer _pocket = new();

    [Fact]
    public void The_pocket_s_files_are_read_again_and_another_vocabulary_of_its_size_is_none()
    {
        TokenizerExport.Write(_folder, _pocket, ChatTemplate.Instruct);
        Assert.IsType<PocketTokenizer>(TokenizerFiles.Find(_folder));
        Assert.Same(ChatTemplate.Instruct, TokenizerFiles.FindTemplate(_folder));
        var path = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"pens\"", "\"pans\"", StringComparison.Ordinal));
        Assert.Contains("is not the tokenizer of Phi-4-mini",
            Assert.Throws<InvalidDataException>(() => TokenizerFiles.Find(_folder)).Message);
    }

    // By all that a person asks of a stage: sizes, tokenizer, template, ends, answers.
    [Fact]
    public async Task An_exported_stage_of_the_pocket_is_asked_as_the_stage_is()
    {
        var (stage, exported) = (Path.Combine(_folder, "stage"), Path.Combine(_folder, "exported"));
        using (var model = SmallModel.Create(SmallModel.Config with { VocabularySize = _pocket.VocabularySize }))
        {
            ModelExport.Write(model, stage, _pocket.EndOfText, _pocket.StopIds);
        }

        File.WriteAllText(Path.Combine(stage, "stage.json"), "{}");
        Assert.True(ModelExport.Copy(stage, exported, ScalarType.Float32).HasTokenizer);
        Assert.False(File.Exists(Path.Combine(exported, "stage.json")));
        Assert.Equal(await Answer(stage), await Answer(exported));

        async Task<string> Answer(string folder)
        {
            using var served = ServedModel.Load(folder);
            using var engine = served.Start();
            var prompt = served.Encode([new ChatMessage("user", "compute 3+4")]);
            var row = new JsonObject
            {
                ["messages"] = JsonNode.Parse("[{\"role\":\"user\",\"content\":\"compute 3+4\"}]"),
                ["max_new_tokens"] = 12,
                ["seed"] = 5,
            };
            var samples = await GenerateVerbs.Answer(served, engine, row);
            return $"{string.Join(' ', prompt)} {string.Join(' ', served.StopIds)} {samples}";
        }
    }

    [Fact]
    public void A_tokenizer_without_a_layout_is_refused() =>
        Assert.Contains("has no layout as files", Assert.Throws<ArgumentException>(
            () => TokenizerExport.Write(_folder, ToyTask.Tokenizer, ChatTemplate.Instruct)).Message);

    [FactWhere(Needed, IsThere)]
    public void The_pocket_s_texts_have_the_same_ids_in_JavaScript()
    {
        TokenizerExport.Write(_folder, _pocket, ChatTemplate.Instruct);
        var mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.2 };
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        var texts = Enumerable.Range(0, 300).SelectMany(i =>
        {
            var problem = PocketProblems.Draw(Randomness.For(3, "problem", i), mix, Split.Training);
            return teacher.Answer(problem, 1, Randomness.For(3, "answer", i)).Select(answer => answer.Text)
                .Append(problem.Question);
        }).Append("  x = 3 ;\nfind   x ").Append("<think>so 17 mod 7=3; ok</think>\\boxed{3}").ToList();
        var answers = Ask(texts.Select(text => new JsonObject { ["text"] = text }));
        foreach (var (text, answer) in texts.Zip(answers))
        {
            Assert.Equal(_pocket.Encode(text), answer["ids"]!.Deserialize<int[]>());
        }
    }

    // Each pair of neighbors and random rows, controls and unused ones among them.
    [FactWhere(Needed, IsThere)]
    public void The_pocket_s_ids_have_the_same_text_in_JavaScript_to_the_space()
    {
        TokenizerExport.Write(_folder, _pocket, ChatTemplate.Instruct);
        var (size, stream) = (_pocket.VocabularySize, Randomness.For(1, "ids"));
        List<int[]> rows = [.. Enumerable.Range(0, size * size).Select(i => new[] { i / size, i % size })];
        rows.AddRange(Enumerable.Range(0, 300)
            .Select(_ => Enumerable.Range(0, 30).Select(_ => stream.Next(size)).ToArray()));
        var answers = Ask(rows.Select(row => new JsonObject { ["ids"] = JsonSerializer.SerializeToNode(row) }));
        Assert.Equal(rows.Select(row => _pocket.Decode(row)), answers.Select(answer => (string)answer["text"]!));
    }

    [FactWhere(Needed, IsThere)]
    public void Conversations_are_rendered_and_encoded_the_same_in_JavaScript()
    {
        var question = new ChatMessage("user", "tom has 3 bags of 12 pens; how many pens ?");
        var answer = new ChatMessage("assistant", "<think>3*12=36; </think>\\boxed{36}");
        Check(_pocket, ChatTemplate.Instruct, [[question], [question, answer], [question, answer, question]]);
        ChatMessage[] system = [new("system", "Be brief. \u00fc \U0001F600"), question, answer];
        Check(new Phi4MiniTokenizer(), ChatTemplate.Reasoning, [[question, answer], system]);
        Check(new Phi4MiniTokenizer(), ChatTemplate.Instruct, [[question, answer], system]);

        void Check(ITokenizer tokenizer, ChatTemplate template, ChatMessage[][] conversations)
        {
            TokenizerExport.Write(_folder, tokenizer, template);
            var cases = conversations.SelectMany(messages => new[] { (messages, true), (messages, false) }).ToList();
            var answers = Ask(cases.Select(one => new JsonObject
            {
                ["messages"] = new JsonArray([.. one.messages.Select(message => new JsonObject
                {
                    ["role"] = message.Role,
                    ["content"] = message.Content,
                })]),
                ["prompt"] = one.Item2,
            }));
            foreach (var ((messages, isPrompt), read) in cases.Zip(answers))
            {
                Assert.Equal(template.Render(messages, isPrompt), (string)read["rendered"]!);
                Assert.Equal(template.Encode(tokenizer, messages, isPrompt), read["ids"]!.Deserialize<int[]>());
            }
        }
    }

    private List<JsonNode> Ask(IEnumerable<JsonNode> cases)
    {
        var start = new ProcessStartInfo("node", ["-e", Program, _folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Path.Combine(Project.Root, "artifacts", "javascript", "node_modules");
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        node.StandardInput.Write(new JsonArray([.. cases]).ToJsonString(Plain));
        node.StandardInput.Close();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, error.Result);
        return [.. JsonNode.Parse(output.Result)!.AsArray().Select(answer => answer!)];
    }
}
