using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>
/// A model on disk that is to be talked to: a released checkpoint's folder, or that of a stage of our own run.
/// </summary>
public sealed class ServedModel : IDisposable
{
    private const string StageManifest = "stage.json";

    private readonly ChatTemplate? _template;
    private readonly string? _silence;

    private readonly Checkpoint _checkpoint;
    private readonly Device _device = Doctor.ChosenDevice();
    private readonly ScalarType _dtype;
    private LanguageModel? _model;

    private ServedModel(
        string name, Checkpoint checkpoint, ScalarType? dtype, ITokenizer? tokenizer, ChatTemplate? template,
        string? silence, IReadOnlyList<int> stopIds)
    {
        (Name, _checkpoint, _dtype) = (name, checkpoint, dtype ?? checkpoint.HeldType);
        (Tokenizer, _template, _silence, StopIds) = (tokenizer, template, silence, stopIds);
        checkpoint.CheckRoom(_device, _dtype);
    }

    /// <summary>The folder's name, or run and stage where it was named so.</summary>
    public string Name { get; }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => _checkpoint.Config;

    /// <summary>Null where the folder has none that is known here: then there are only token ids.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Tokens after which an answer is over, unless a request says otherwise.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>
    /// Opens a folder: headers, tokenizer and chat template are read, and it is made sure that the weights fit the
    /// device that <see cref="HostOptions.Device"/> asks for.
    /// </summary>
    /// <param name="folder">
    /// A folder of a checkpoint or a stage; a run's, which means its last finished model; a run's and a stage's name
    /// (runs/pocket-seed1/rl); or the name of a downloaded model (owner/name).
    /// </param>
    /// <param name="dtype">
    /// What the weights are converted to; null: 16 bits where all are stored so, otherwise 32.
    /// </param>
    /// <param name="ropePolicy">
    /// Null: the one that the model was trained with, or by length where the folder does not say.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged or describes another kind of model; the message names the file and what is wrong.
    /// </exception>
    /// <exception cref="IOException">A file or the folder is missing.</exception>
    /// <exception cref="InsufficientMemoryException">The device has not enough free.</exception>
    public static ServedModel Load(string folder, ScalarType? dtype = null, RopePolicy? ropePolicy = null)
    {
        var (path, name) = StageFolders.Resolve(folder);
        path = Path.GetFullPath(path);
        var tokenizer = new PocketTokenizer();
        var configured = File.Exists(Path.Combine(path, "config.json"));
        if (!File.Exists(Path.Combine(path, StageManifest))
            || (configured && PretrainedModel.ReadConfig(path, ropePolicy).VocabularySize != tokenizer.VocabularySize))
        {
            var (found, known, silence) = Language(path);
            var stopIds = PretrainedModel.ReadStopIds(path);
            return new ServedModel(name, Checkpoint.Open(path, ropePolicy), dtype, found, known, silence, stopIds);
        }

        if (configured)
        {
            return new ServedModel(name, Checkpoint.Open(path, ropePolicy), dtype, tokenizer, ChatTemplate.Instruct,
                null, tokenizer.StopIds);
        }

        var checkpoint = new Checkpoint(StageConfig(path, ropePolicy), Path.Combine(path, "model.safetensors"));
        return new ServedModel(name, checkpoint, dtype, tokenizer, ChatTemplate.Instruct, null, tokenizer.StopIds);
    }

    /// <summary>Reads the weights, once, into what samples answers; the caller disposes it, and before this.</summary>
    /// <param name="cacheBytes">As for <see cref="Engine"/>.</param>
    public Engine Start(long? cacheBytes = null)
    {
        if (IsExact)
        {
            return new Engine(new CpuWeights(Config, _checkpoint.Each), cacheBytes);
        }

        _model ??= _checkpoint.Load(_device, _dtype);
        return new Engine(_model, cacheBytes);
    }

    /// <summary>
    /// Whether equal seeds give the tokens and log-probabilities of a stage in this process, to the last bit.
    /// </summary>
    public bool IsExact => CpuWeights.Serve(Config, _device, _dtype);

    /// <summary>
    /// Reads other weights of the same sizes into what samples; the caller disposes it, and before this.
    /// </summary>
    /// <param name="folder">Holds the safetensors files.</param>
    /// <param name="cacheBytes">As for <see cref="Engine"/>.</param>
    /// <exception cref="InvalidDataException">
    /// The files are damaged or of other sizes; the message says what is wrong.
    /// </exception>
    public Engine StartWith(string folder, long? cacheBytes = null)
    {
        var checkpoint = new Checkpoint(Config, PretrainedModel.Files(folder));
        if (IsExact)
        {
            return new Engine(new CpuWeights(Config, checkpoint.Each), cacheBytes);
        }

        var (old, model) = (_model, checkpoint.Load(_device, _dtype));
        var engine = new Engine(model, cacheBytes);
        _model = model;
        old?.Dispose(); // What sampled with it has no request left.
        return engine;
    }

    /// <summary>Token ids of a text, in which nothing becomes a control token.</summary>
    /// <exception cref="ArgumentException">There is no tokenizer, or it cannot write the text.</exception>
    public int[] Encode(string text) => Speaking().Encode(text);

    /// <summary>Token ids of a conversation, up to where the next answer starts.</summary>
    /// <exception cref="ArgumentException">
    /// There is no tokenizer, it cannot write a text, or the turns are none that the model knows.
    /// </exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages) => messages.Count == 0
        ? throw new ArgumentException("There is no message to answer.")
        : Conversing().Encode(Speaking(), messages, addGenerationPrompt: true);

    /// <summary>The model as a chat client, for all that is written against one.</summary>
    /// <param name="engine">Of <see cref="Start"/>; it stays the caller's.</param>
    /// <exception cref="ArgumentException">There is no tokenizer or no chat template that is known.</exception>
    public LocalChatClient ChatClient(Engine engine) => new(engine, Speaking(), Conversing(), Name, StopIds);

    /// <summary>The text of an answer: without the token that ended it; null without a tokenizer.</summary>
    public string? Decode(ReadOnlySpan<int> ids) =>
        Tokenizer?.Decode(ids is [.., var last] && StopIds.Contains(last) ? ids[..^1] : ids);

    public void Dispose() => _model?.Dispose();

    private ChatTemplate Conversing() =>
        _template ?? throw new ArgumentException($"{Name} has no chat template that is known here: "
            + $"{_silence ?? "it has no file of one"}.");

    private ITokenizer Speaking() =>
        Tokenizer
            ?? throw new ArgumentException($"{Name} has no tokenizer that is known here, so it reads token ids only: "
                + $"{_silence ?? "it has no file of one"}.");

    // A folder whose language is not known can still be asked in token ids.
    private static (ITokenizer? Tokenizer, ChatTemplate? Template, string? Silence) Language(string folder)
    {
        ITokenizer? tokenizer = null;
        try
        {
            tokenizer = TokenizerFiles.Find(folder);
            return (tokenizer, TokenizerFiles.FindTemplate(folder), null);
        }
        catch (InvalidDataException problem)
        {
            return (tokenizer, null, problem.Message.TrimEnd('.'));
        }
    }

    // A run writes its model's sizes once, with the settings of the base model.
    private static ModelConfig StageConfig(string folder, RopePolicy? ropePolicy)
    {
        var run = Path.GetDirectoryName(folder)!;
        foreach (var manifest in Directory.EnumerateDirectories(run, "base-*").Append(folder)
            .Select(stage => Path.Combine(stage, StageManifest)).Where(File.Exists).Order(StringComparer.Ordinal))
        {
            try
            {
                using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
                if (json.RootElement.TryGetProperty("Settings", out var settings)
                    && settings.TryGetProperty(nameof(Recipe.Model), out var model))
                {
                    var config = model.Deserialize<ModelConfig>(JsonFormat.Indented)!.Checked();
                    return config with
                    {
                        RopePolicy = config.RopePolicy.Shared(ropePolicy,
                            $"{nameof(Recipe.Model)}.{nameof(ModelConfig.RopePolicy)}"),
                    };
                }
            }
            catch (Exception problem) when (problem is JsonException or FormatException)
            {
                throw new InvalidDataException($"{manifest} cannot be used: {problem.Message}", problem);
            }
        }

        throw new InvalidDataException($"{folder} is a stage's folder, but the run's base model beside it "
            + $"(base-*/{StageManifest}), which tells the sizes, is missing.");
    }
}
