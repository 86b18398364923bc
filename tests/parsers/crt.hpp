// The part of the AWS CRT's JSON interface that the AWS IoT Device Client's JobDocument.cpp uses, over jansson, so that
// this one file of the client can be compiled unchanged without the rest of the CRT.
#pragma once

#include <jansson.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace Aws::Crt
{
using String = std::string;
template <typename T> using Optional = std::optional<T>;
template <typename T> using Vector = std::vector<T>;
template <typename K, typename V> using Map = std::map<K, V>;

class JsonView
{
  public:
    explicit JsonView(const json_t *value = nullptr) : value(value) {}
    bool ValueExists(const String &key) const { return json_object_get(value, key.c_str()) != nullptr; }
    JsonView GetJsonObject(const String &key) const { return JsonView(json_object_get(value, key.c_str())); }
    String GetString(const String &key) const { return GetJsonObject(key).AsString(); }
    int GetInteger(const String &key) const { return (int)json_integer_value(GetJsonObject(key).value); }
    Vector<JsonView> GetArray(const String &key) const { return GetJsonObject(key).AsArray(); }
    bool IsString() const { return json_is_string(value); }
    bool IsListType() const { return json_is_array(value); }
    bool IsIntegerType() const { return json_is_integer(value); }
    String AsString() const { return json_is_string(value) ? json_string_value(value) : ""; }
    Vector<JsonView> AsArray() const
    {
        Vector<JsonView> all;
        for (size_t i = 0; i < json_array_size(value); i++)
            all.emplace_back(json_array_get(value, i));
        return all;
    }

  private:
    const json_t *value;
};
} // namespace Aws::Crt

namespace Aws::Iot
{
using Crt::JsonView;
using Crt::Optional;
} // namespace Aws::Iot

namespace Aws::Iot::DeviceClient
{
struct Config {
    static constexpr size_t MAX_CONFIG_SIZE = 5000;
};
namespace Logging {}
} // namespace Aws::Iot::DeviceClient

#define LOGM_ERROR(tag, ...) (std::fprintf(stderr, __VA_ARGS__), std::fputc('\n', stderr))
