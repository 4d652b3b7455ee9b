using System.Text;
using System.Text.Json.Nodes;
using Phi4R.Sampling;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>One answer as a client sees it grow: text is held back while it may be the beginning of a stop text.</summary>
internal sealed class ServedAnswer(ITokenizer? tokenizer, ServedRequest request)
{
    private readonly TextStream? _stream = tokenizer is null ? null : new TextStream(tokenizer);
    private string _held = "";

    public StringBuilder Text { get; } = new();

    public List<int> Ids { get; } = [];

    public List<SampledToken> Tokens { get; } = [];

    /// <summary>Why it is over, or null.</summary>
    public string? Finish { get; private set; }

    /// <summary>Takes a token.</summary>
    /// <returns>The text that is certain now.</returns>
    public string Add(SampledToken token)
    {
        if (Finish is not null)
        {
            return "";
        }

        Ids.Add(token.Token);
        Tokens.Add(token);
        var isStop = token.Finish == FinishReason.Stop;
        _held += isStop ? "" : _stream?.Add(token.Token) ?? "";
        if (token.Finish is not null)
        {
            _held += _stream?.End() ?? "";
        }

        Finish = token.Finish switch { FinishReason.Stop => "stop", FinishReason.Length => "length", _ => null };
        var cut = request.Stops.Select(stop => _held.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        Finish = cut >= 0 ? "stop" : Finish;
        var certain = cut >= 0 ? cut : Finish is not null ? _held.Length : HeldText.Certain(_held, request.Stops);

        var told = _held[..certain];
        _held = _held[certain..];
        Text.Append(told);
        return told;
    }

    /// <summary>The log-probabilities of tokens, in the form of chat or of completion.</summary>
    public JsonNode? LogProbabilities(IReadOnlyList<SampledToken> tokens, bool isChat)
    {
        if (request.Alternatives is null)
        {
            return null;
        }

        return isChat
            ? new JsonObject { ["content"] = new JsonArray([.. tokens.Select(token => Entry(token.Token, token.PlainLogProbability, token.Alternatives))]) }
            : new JsonObject
            {
                ["tokens"] = new JsonArray([.. tokens.Select(token => (JsonNode)Name(token.Token))]),
                ["token_logprobs"] = new JsonArray([.. tokens.Select(token => (JsonNode)token.PlainLogProbability)]),
                ["top_logprobs"] = new JsonArray([.. tokens.Select(token =>
                {
                    var likeliest = new JsonObject();
                    foreach (var (id, value) in token.Alternatives)
                    {
                        likeliest[Name(id)] = value;
                    }

                    return (JsonNode)likeliest;
                })]),
            };
    }

    private string Name(int id) => tokenizer is null || id >= tokenizer.VocabularySize ? $"token_id:{id}" : tokenizer.Decode([id]);

    private JsonObject Entry(int id, float value, IReadOnlyList<(int Token, float LogProbability)>? alternatives)
    {
        var entry = new JsonObject
        {
            ["token"] = Name(id),
            ["logprob"] = value,
            ["bytes"] = tokenizer is null || id >= tokenizer.VocabularySize ? null : new JsonArray([.. tokenizer.Bytes(id).Select(item => (JsonNode)(int)item)]),
        };
        if (alternatives is not null)
        {
            entry["top_logprobs"] = new JsonArray([.. alternatives.Select(other => Entry(other.Token, other.LogProbability, null))]);
        }

        return entry;
    }
}
