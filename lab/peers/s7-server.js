// peers/s7-server.js ADDRESS: the controller of the paint line: snap7's own server, with data blocks 1, 10 and 20.
'use strict';
const snap7 = require('node-snap7');

const server = new snap7.S7Server();
const blocks = { 1: 64, 10: 128, 20: 256 };

for (const number of Object.keys(blocks)) {
	const memory = Buffer.alloc(blocks[number]);

	for (let i = 0; i < memory.length; i++)
		memory[i] = (i * 7 + Number(number)) & 0xff;
	server.RegisterArea(server.srvAreaDB, Number(number), memory);
}
server.RegisterArea(server.srvAreaMK, Buffer.alloc(64));
server.RegisterArea(server.srvAreaPE, Buffer.alloc(32, 0x11));
server.RegisterArea(server.srvAreaPA, Buffer.alloc(32));
server.StartTo(process.argv[2]);
server.SetCpuStatus(server.S7CpuStatusRun);
setInterval(() => {}, 1000);
