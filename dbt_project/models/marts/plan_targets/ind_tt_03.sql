{{ indicator_mart('TT-03', headline='reported') }}
