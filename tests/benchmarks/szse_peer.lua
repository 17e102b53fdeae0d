-- SZSE Binary for tshark: puts messages together over TCP segments and shows the fields of the four
-- messages that matter. Checksums are not verified.
-- FIELDS (name to "string", "uint" or "int" and bytes) and LAYOUTS (message type to a list of name,
-- offset, bytes) are written in front of this text.
local szse = Proto("szsebin", "SZSE Binary")
local HEADER, CHECKSUM = 8, 4
local KINDS = {
  string = ProtoField.string, uint1 = ProtoField.uint8, uint2 = ProtoField.uint16,
  uint4 = ProtoField.uint32, uint8 = ProtoField.uint64,
  int4 = ProtoField.int32, int8 = ProtoField.int64,
}

local kind_field = ProtoField.uint32("szsebin.type", "MsgType")
local size_field = ProtoField.uint32("szsebin.length", "BodyLength")
local shown_fields, by_name = { kind_field, size_field }, {}
for name, kind in pairs(FIELDS) do
  by_name[name] = KINDS[kind]("szsebin." .. name:lower(), name)
  table.insert(shown_fields, by_name[name])
end
szse.fields = shown_fields

for _, layout in pairs(LAYOUTS) do
  for _, place in ipairs(layout) do place[1] = by_name[place[1]] end
end

local function message_size(tvb, pinfo, offset)
  return HEADER + tvb(offset + 4, 4):uint() + CHECKSUM
end

local function dissect_message(tvb, pinfo, tree)
  local kind = tvb(0, 4)
  local shown = tree:add(szse, tvb())
  shown:add(kind_field, kind)
  shown:add(size_field, tvb(4, 4))
  local layout = LAYOUTS[kind:uint()]
  if layout then
    for _, place in ipairs(layout) do
      shown:add(place[1], tvb(HEADER + place[2], place[3]))
    end
  end
  return tvb:len()
end

function szse.dissector(tvb, pinfo, tree)
  dissect_tcp_pdus(tvb, tree, HEADER, message_size, dissect_message)
  return tvb:len()
end

DissectorTable.get("tcp.port"):add(8016, szse)
